//! The figures of the evaluation.

texts! {
    heading = "The evaluation, drawn", "评估图示";
    measured(model) = "Measured with the weights in use ({model}) on patients that training never saw. Other hospitals' scans look different, and results on them are worse.", "以当前使用的权重（{model}）在训练中从未见过的患者上测得。其他医院的扫描图像有所不同，结果会更差。";
    confusion_patients = "Patients never seen in training: what they have (rows) and what they were taken for (columns).", "训练中从未见过的患者：实际类别（行）与判定类别（列）。";
    confusion_slices = "The same for their single slices.", "同上，按单张切片统计。";
    roc_patients = "Patients: how many of a class are found against how many others are taken for it, at every threshold.", "患者：在每个阈值下，某一类别被检出的比例，与其他类别被误判为该类别的比例。";
    roc_slices = "The same for slices.", "同上，按切片统计。";
    calibration = "Whether stated confidence is earned: on the diagonal, 80 % sure means right in 80 %.", "置信度是否名副其实：在对角线上，80 % 的把握意味着 80 % 判断正确。";
    coverage = "Accuracy when the least certain slices are left without an answer.", "对最不确定的切片不作回答时的准确率。";
    sources = "Accuracy by source: a network that knows scanners rather than disease would fail here.", "各来源的准确率：若网络识别的是扫描仪而不是疾病，在此就会失败。";
    deletion = "Whether heatmaps show what decides: certainty while the hottest pixels are taken away.", "热图是否显示了起决定作用的区域：逐步去除最热的像素时，确信程度如何变化。";
}
