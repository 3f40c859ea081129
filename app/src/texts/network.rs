//! The network, part by part.

texts! {
    in_all(parameters) = "{parameters} parameters in all. A square's area stands for the side of the maps, the depth of the stack for their number.", "共 {parameters} 个参数。方块的面积表示特征图的边长，叠层的厚度表示特征图的数量。";
    grey_values(side) = "{side} × {side} grey values", "{side} × {side} 个灰度值";
    classes(number) = "{number} classes", "{number} 个类别";
    maps(number, side) = "{number} maps of {side} × {side}", "{number} 张 {side} × {side} 的特征图";
    parameters(number) = "{number} parameters", "{number} 个参数";
    one_convolution(parameters) = "1 convolution, {parameters} parameters", "1 个卷积，{parameters} 个参数";
    convolutions(number, parameters) = "{number} convolutions, {parameters} parameters", "{number} 个卷积，{parameters} 个参数";

    maps_of_example = "What it makes of the slice above", "它如何处理上面的切片";
    maps_alt(part) = "Feature maps of the example: {part}", "示例的特征图：{part}";
    scaled = "The maps of its last convolution, largest mean first, each scaled to its own range.", "其最后一次卷积的特征图，均值最大的在前，各按自身的取值范围归一化显示。";

    input = "Input", "输入";
    stem = "Stem", "起始层";
    stage(number) = "Stage {number}", "第 {number} 阶段";
    level(stage) = "Pyramid level over stage {stage}", "金字塔层（对应第 {stage} 阶段）";
    head = "Head", "分类头";

    input_is = "The lungs alone, their grey values stretched.", "仅有肺部，灰度已拉伸。";
    stem_is = "A convolution of 7 × 7 pixels, then the largest of 3 × 3: edges and textures.", "7 × 7 像素的卷积，再取 3 × 3 中的最大值：边缘和纹理。";
    first_stage_is = "Two residual blocks: what is learned is added to what came in.", "两个残差块：学到的内容与输入相加。";
    second_stage_is = "Two residual blocks; the first halves the maps and doubles their number: larger patterns, less detail.", "两个残差块；第一个把特征图的边长减半、数量加倍：图案更大，细节更少。";
    later_stage_is = "The same again: half the size, twice the number.", "同上：边长再减半，数量再加倍。";
    last_level_is = "The last stage's features, brought to the pyramid's width.", "最后一个阶段的特征，调整为金字塔的通道数。";
    level_is = "The stage's features, with the level before, doubled in size, added: detail and meaning together.", "本阶段的特征，与放大一倍的前一层相加：兼有细节与语义。";
    head_is = "The mean of every map of all levels, weighed into the classes. The same weights, applied before the mean at the finest level, are the heatmap.", "对所有金字塔层的每张特征图取平均，再加权得出各类别。同样的权重若在最细一层取平均之前使用，得到的就是热图。";
}
