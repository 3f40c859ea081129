//! The method.

texts! {
    on_this_page = "On this page", "本页内容";
    title = "Introduction", "简介";
    lead = "A slice goes through two stages: six steps of plain image processing find the lungs, then a network looks at the lungs alone.", "一张切片经过两个阶段：先用六步普通的图像处理找出肺部，再由神经网络只看肺部进行判读。";

    finding = "Finding the lungs", "找出肺部";
    finding_where = "The steps run in your browser when you choose a file, and on the server when a file comes without a mask: the same code, and the same mask to the last pixel.", "选择文件时，这些步骤在您的浏览器中运行；文件不附掩膜时，则在服务器上运行：代码相同，得到的掩膜逐像素一致。";
    polarise = "Every pixel becomes black or white, at a threshold found between the two humps of the histogram: air on one side, tissue on the other.", "按阈值把每个像素变为黑或白；阈值取在直方图的两个峰之间：一侧是空气，另一侧是组织。";
    largest_component = "Of the dark regions only the large ones inside the body stay.", "暗区之中，只保留身体内部较大的区域。";
    erosion = "A thin rim is taken off, which cuts bridges to the airways.", "去掉薄薄的一层边缘，从而切断与气道的连接。";
    largest_component_again = "What has come loose, the windpipe above all, is dropped.", "舍去由此脱离的部分，主要是气管。";
    fill = "The rim is given back and what is enclosed is filled, vessels and consolidations at the pleura included: disease must not be cut away.", "恢复先前去掉的边缘，并填充被包围的区域，包括血管和紧贴胸膜的实变：不能把病灶切掉。";
    superimpose = "The mask is laid over the slice; what is outside becomes black.", "把掩膜叠加到切片上；掩膜之外变为黑色。";
    try_synthetic = "Try it on a synthetic slice", "用合成切片试一试";

    reading = "Reading them", "判读肺部";
    reading_how = "The lungs are cut out with a small margin, their grey values stretched, and the result brought to one size, so that slices from different scanners look alike. A residual network (ResNet-18) turns it into features, coarser and coarser in four stages; a feature pyramid brings the last three stages together, and one linear layer weighs them into three classes: healthy, common pneumonia, COVID-19.", "把肺部连同少许边距裁出，拉伸其灰度，再统一为同一尺寸，使不同扫描仪的切片看起来相近。残差网络（ResNet-18）分四个阶段由细到粗提取特征；特征金字塔把后三个阶段汇合起来，再由一个线性层加权，得出三个类别：健康、普通肺炎、新冠肺炎。";

    why = "Showing why", "给出依据";
    why_how = "The heatmap is a Grad-CAM: each feature map is weighted by how much it raises a class, the sum is cut off below zero and laid over the slice. Bright regions spoke for that class: the predicted one, or another that you choose. It shows where the network looked, not that it was right.", "热图采用 Grad-CAM：每张特征图按其使某一类别得分升高的程度加权，求和后截去低于零的部分，再叠加到切片上。明亮的区域支持该类别：可以是预测的类别，也可以是您选择的其他类别。热图显示的是网络看了哪里，并不说明它判断正确。";
    try_on_slices = "Try it on slices", "用切片试一试";
}
