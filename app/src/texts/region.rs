//! A region that is explained.

texts! {
    explain_a_region = "Explain a region", "解释一个区域";
    draw_or_set(width, height) = "Draw a rectangle on the slice, or set it here, in pixels of {width} × {height}", "在切片上画一个矩形，或在此设定（切片为 {width} × {height} 像素）";
    left = "Left", "左";
    top = "Top", "上";
    width = "Width", "宽";
    height = "Height", "高";
    beside_the_lungs = "The network sees the lungs and a small margin alone, and the region lies beside them.", "神经网络只看肺部及其周围一小圈，而该区域在此之外。";
    explaining = "Explaining the region…", "正在解释该区域…";
    heat_inside(class) = "Heat inside the region: what speaks for {class}", "区域内的热图：支持{class}的部分";

    nothing_speaks(class, lungs) = "Nothing speaks for {class} at this level. The region holds {lungs} of the lungs' area.", "这一金字塔层没有支持{class}的依据。该区域占肺部面积的 {lungs}。";
    share(share, class, lungs, density) = "{share} of what speaks for {class} lies in the region, which holds {lungs} of the lungs' area: {density}.", "支持{class}的依据有 {share} 在该区域内，该区域占肺部面积的 {lungs}：{density}。";
    no_lung = "no lung is in it", "其中没有肺";
    more(times) = "{times} times as much as its size alone would give", "是按面积应有的 {times} 倍";
    as_much = "about as much as its size alone would give", "与按面积应有的大致相当";
    less(times) = "{times} of what its size alone would give", "只有按面积应有的 {times} 倍";

    speaks_for(class, part, whole) = "All in all it speaks for {class}: {part} in the network's score (logit), of {whole} from the whole level.", "总体上它支持{class}：在网络得分（logit）中贡献 {part}，整个金字塔层共 {whole}。";
    speaks_against(class, part, whole) = "All in all it speaks against {class}, what speaks for it there taken into account: {part} in the network's score (logit), of {whole} from the whole level.", "总体上（已计入其中支持的部分）它不支持{class}：在网络得分（logit）中贡献 {part}，整个金字塔层共 {whole}。";
    says_nothing(class, whole) = "All in all it adds nothing to the network's score (logit) for {class}; the whole level adds {whole}.", "总体上它对{class}的网络得分（logit）没有贡献；整个金字塔层共 {whole}。";

    finest = "the finest", "最细";
    middle = "the middle one", "中间";
    coarsest = "the coarsest", "最粗";
    level(kind, level, cells, pixels) = "A region of this size is read at {kind} of the pyramid's three levels (level {level}): {cells} × {cells} cells over the lungs, each {pixels} × {pixels} pixels of the slice.", "这样大小的区域由特征金字塔三层中{kind}的一层（第 {level} 层）解释：肺部范围分为 {cells} × {cells} 个单元，每个单元对应切片上的 {pixels} × {pixels} 像素。";
}
