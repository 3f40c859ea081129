//! Example images of the three classes.

texts! {
    title = "Example images", "示例图像";
    lead = "These slices are synthetic: drawn by Lungsight's own generator, of no person. They show what to look for, and are good for trying the ", "这些切片是合成的：由 Lungsight 自带的生成程序绘制，并非来自任何真人。它们展示应注意的征象，也适合用来试用";
    diagnosis = "online diagnosis", "在线诊断";
    lead_after = ". The network has learned from real slices only: what it says of a drawing means nothing.", "。神经网络只从真实切片中学习：它对合成图像的判断没有意义。";
    own_lead = "These slices are real, provided by whoever runs this server, with their source where it is known. They show what to look for, and are good for trying the ", "这些切片是真实的，由本服务器的运营者提供，已知来源的均已注明。它们展示应注意的征象，也适合用来试用";
    own_lead_after = ".", "。";
    pair = "Left the slice, right its lungs alone as the six steps find them. Either opens large at a click.", "左为切片，右为六个步骤找出的肺部。点击任一图像可放大。";
    synthetic = "Synthetic examples", "合成示例";
    synthetic_lead = "Drawn by Lungsight's own generator, of no person. The network has learned from real slices only: what it says of a drawing means nothing.", "由 Lungsight 自带的生成程序绘制，并非来自任何真人。神经网络只从真实切片中学习：它对合成图像的判断没有意义。";
    none_of_class = "None of this class was provided; there are synthetic ones below.", "未提供这一类的切片；下方有合成示例。";
    own_picture(class, number) = "Real slice, {class}, number {number}", "真实切片，{class}，第 {number} 张";
    own_example(class, number) = "{class}, real slice {number}", "{class}，真实切片 {number}";
    masked(picture) = "{picture}, the lungs alone", "{picture}，仅肺部";
    source(source) = "Source: {source}", "来源：{source}";
    enlarge(picture) = "Enlarge: {picture}", "放大：{picture}";
    close = "Close", "关闭";
    picture(class, number) = "Synthetic slice, {class}, example {number}", "合成切片，{class}，示例 {number}";
    no_lungs = "No lungs were found in this slice.", "这张切片中没有找到肺部。";
    try_it = "Try it", "试一试";
    example(class, number) = "{class}, example {number}", "{class}，示例 {number}";
    healthy = "Dark, even lungs; only the vessels are bright, and they thin out towards the rim.", "肺野暗而均匀；只有血管较亮，并向外周逐渐变细。";
    pneumonia = "A dense region that fills part of one lung and hides the vessels in it: a lobar consolidation.", "致密区占据一侧肺的一部分，并掩盖其中的血管：大叶性实变。";
    covid = "Hazy patches through which the vessels can still be seen (ground glass), often in both lungs and near the pleura.", "云雾状斑片，其中仍可见血管（磨玻璃影），常见于双肺、靠近胸膜处。";
}
