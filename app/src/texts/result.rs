//! A result.

texts! {
    title = "Result", "结果";
    analysed = "Analysed", "分析时间";
    slices = "Slices", "切片";
    left_out(counts) = "(left out: {counts})", "（已略去：{counts}）";
    left_out_and = ", ", "，";
    without_lungs(number) = "{number} without lungs", "{number} 张不含肺";
    unreadable(number) = "{number} unreadable", "{number} 张无法读取";
    passed_over(number) = "{number} passed over", "{number} 张间隔跳过";
    model = "Model", "模型";
    device = "Device", "设备";
    report = "Download Word report", "下载 Word 报告";
    more = "Analyse more slices", "分析更多切片";
    as_file = "This result as ", "下载此结果：";
    or = " or ", " 或 ";
    seen_of(seen, slices) = "{seen} of {slices} seen", "{slices}中已完成 {seen} 张";
    analysis = "Analysis", "分析";
    running = "The analysis is running.", "分析进行中。";
    finished = "The analysis is finished.", "分析已完成。";
    look_again = "Look again", "刷新";
    connection_lost = "The connection to the server was lost; the analysis goes on there.", "与服务器的连接中断；分析仍在服务器上继续。";
    looks_again = " This page looks again by itself; ", "本页会自动重试；";
    or_look_now = "or look now", "也可立即刷新";
    patient = "Patient", "患者";
    how_often_right = "How often it is right", "正确率";
    taken_together(slices) = "From {slices}, taken together.", "由 {slices}综合得出。";
    interval(class, low, high) = "With the slices drawn anew, 95 of 100 results give {class} {low} to {high}. This tells how much hangs on the slices at hand, not how often the network is right.", "若重新抽取切片，100 次结果中有 95 次{class}的概率在 {low} 至 {high} 之间。它说明结果在多大程度上取决于现有切片，而不是网络有多常正确。";
    stands_on = "What it stands on", "结果的依据";
    key_slices = "Carried the decision: ", "对结果影响最大的切片：";
    heat_takes(share) = "The heatmap (at least half of its slice’s highest value) takes up {share} of the lungs’ area.", "热图（不低于本切片最高值一半处）占肺部面积的 {share}。";
    dense_takes(share) = "Dense tissue (−500 HU and more in the lung window, vessels included) takes up {share} of the lungs’ area.", "致密组织（肺窗中 −500 HU 及以上，含血管）占肺部面积的 {share}。";
    not_analysed(files) = "{files} not analysed", "{files}未分析";
    heatmap = "Heatmap", "热图";
    opacity = "Opacity", "不透明度";

    per_slice = "Result per slice", "每张切片的结果";
    image = "Image", "图像";
    picture_and_heatmap = "Picture and heatmap", "图片与热图";
    predicted_type = "Predicted type", "预测类别";
    none_has_this = "No slice has this result.", "没有切片是这一结果。";
    shown_of(shown, all) = "{shown} of {all} slices shown.", "显示 {all} 张切片中的 {shown} 张。";
    order_and_filter = "Order and filter", "排序与筛选";
    order = "Order", "排序";
    show = "Show", "显示";
    as_sent = "As sent", "按发送顺序";
    first(class) = "{class} first", "{class}在前";
    least_certain_first = "Least certain first", "最不确定的在前";
    all_slices = "All slices", "全部切片";
    heat_of(class) = "Heatmap of what spoke for {class}", "支持{class}的热图";
    slice(name) = "Slice {name}", "切片 {name}";
    what_spoke_for = "What spoke for", "支持的类别";

    after_every_convolution = "After every convolution", "每次卷积之后";
    loading = "Loading…", "正在加载…";
    no_longer_kept = "The server no longer keeps this analysis.", "服务器已不再保留这次分析。";
    layers_as_json = "The list of layers as JSON", "各层列表（JSON）";
    channels_of(shown, channels) = "{shown} of {channels} channels", "{channels} 个通道中的 {shown} 个";
    channels(channels) = "{channels} channels", "{channels} 个通道";
    each(channels, height, width) = "{channels}, each {height} × {width}", "{channels}，各 {height} × {width}";
    channels_alt(layer) = "Channels of {layer}, largest activation first", "{layer} 的各通道，激活最大的在前";
    no_such = "No such result", "没有这个结果";
    no_such_lead = "There is no analysis with this address. Results are kept for a while only; after that, or when the server was started again, the slices have to be analysed once more.", "此地址没有对应的分析。结果只保留一段时间；过期或服务器重启后，需要重新分析切片。";
    analyse_slices = "Analyse slices", "分析切片";
}
