//! The Word report.

texts! {
    title = "Lungsight report", "Lungsight 报告";
    caution = "Lungsight is a research tool and no medical device. This report is no diagnosis: classes and heatmaps come from a neural network that can be wrong, and must not be used to decide about anybody's care.", "Lungsight 是研究工具，并非医疗器械。本报告不是诊断：类别与热图来自可能出错的神经网络，不得据此决定任何人的诊疗。";
    page_before = "Lungsight · research tool, no diagnosis · page ", "Lungsight · 研究工具，并非诊断 · 第 ";
    page_of = " of ", " 页，共 ";
    page_after = "", " 页";

    date = "Date", "日期";
    files = "Files", "文件";
    files_are(read, failed, left_out, grouping) = "{read} analysed, {failed} failed{left_out}; {grouping}", "已分析 {read} 个，失败 {failed} 个{left_out}；{grouping}";
    left_out(counts) = "; left out: {counts}", "；略去：{counts}";
    each_alone = "each slice for itself", "每张切片单独分析";
    one_patient = "all slices show one patient", "所有切片属于同一名患者";

    for_patient = "Result for the patient", "患者的结果";
    over_all = "Over the slices of this report that are like those the network was trained on, taken as one patient.", "由本报告中与训练网络所用切片相近的切片综合得出，视为同一名患者。";

    number = "No.", "序号";
    not_analysed = "not analysed", "未分析";
    failed_files = "Files that could not be analysed", "未能分析的文件";
    file = "File", "文件";
    reason = "Reason", "原因";

    pictures = "Pictures", "图片";
    decided_first = "First the slices that carried the decision, the most important at the top.", "先列出对结果影响最大的切片，最重要的在最前。";
    some_pictured(shown, slices) = "{shown} of {slices} are pictured.", "{slices}中有 {shown} 张附图。";
    the_slice = "The slice", "切片";
    speaks_for(class) = "What speaks for {class}: the brighter, the more", "支持{class}的部分：越亮，支持越强";
}
