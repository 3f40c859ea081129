//! How a heatmap comes about, in words.

texts! {
    symbols = "A with k above is the k-th feature map, of Z pixels (i, j); y with c above is the number that the network gives class c, before numbers become probabilities.", "上标为 k 的 A 是第 k 张特征图，共有 Z 个像素 (i, j)；上标为 c 的 y 是网络给类别 c 的得分，尚未换算为概率。";
    weight = "How much a map counts for a class: the mean, over its pixels, of how the class's number would grow with the pixel.", "一张特征图对某一类别的权重：类别得分随每个像素增大而增长的速率，取所有像素的平均。";
    heat = "The heat: the maps, each times its weight, added up; what is below zero speaks against the class and is cut off.", "热度：各特征图分别乘以其权重后相加；低于零的部分不支持该类别，予以截去。";
    head = "This network ends in the mean of every map and one linear layer: a class's number is its bias plus the maps' means, each times the layer's weight w.", "本网络的末端对每张特征图取平均，再接一个线性层：类别得分等于其偏置，加上各特征图的平均值分别乘以该层的权重 w。";
    closed = "So the gradient is the same at every pixel, the layer's weight divided by Z, and needs no pass back through the network. Lungsight leaves out the Z, which changes no level's picture: then the mean of the sum over all levels, with the bias, is the class's number itself. The heatmap is the finest level's sum, smoothed: measured on slices, it shows better what the network goes by than the other levels or the sum of all.", "因此每个像素处的梯度都相同，即该层的权重除以 Z，无需在网络中反向传播。Lungsight 略去 Z，这不改变任何一个金字塔层的图像：于是所有层之和的平均值加上偏置，就是类别得分本身。热图取最细一层之和并加以平滑：实测表明，与其他层或所有层之和相比，它更能反映网络所依据的区域。";
}
