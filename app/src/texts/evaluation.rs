//! What the weights reach: shares, tables and what they mean.

texts! {
    learned_from = "What it learned from", "训练数据";
    learned = "How it learned", "训练过程";
    reached = "How right it is", "判断的准确程度";
    elsewhere = "In another hospital", "在外部医院";

    with_interval(share, low, high) = "{share} ({low:.1} to {high:.1})", "{share}（{low:.1}–{high:.1}）";
    counted(right, count, share) = "{right} of {count}: {share}", "{right}/{count}，{share}";

    patients_right(patients, right, share) = "Of {patients} never seen in training, {right} were told right: {share}.", "在训练中从未见过的 {patients}中，判断正确的有 {right} 名：{share}。";
    slices_right(count, right, share) = " Of {count} single slices, {right} were told right: {share}.", "按单张切片计，{count} 张中判断正确的有 {right} 张：{share}。";
    beside_the_thesis(slices, patients, verdict, balanced) = "The thesis that this follows reports {slices} of slices and {patients} of patients, on data of its own. {verdict} Its share of patients is the mean of its three classes' shares; here that is {balanced}.", "据本项目所依据的学位论文报告，在其自有数据上，切片的正确率为 {slices}，患者的正确率为 {patients}。{verdict}论文中患者的正确率是三个类别各自正确率的平均值；在这里，该平均值为 {balanced}。";
    reaches_both = "These weights reach both.", "当前权重在这两项上均达到论文水平。";
    reaches_slices_alone = "These weights reach the first alone.", "当前权重仅在前一项上达到论文水平。";
    reaches_patients_alone = "These weights reach the second alone.", "当前权重仅在后一项上达到论文水平。";
    reaches_neither = "These weights reach neither.", "当前权重在这两项上均未达到论文水平。";

    compared = "Told right, beside the thesis", "判断正确的比例，与论文对照";
    what = "What", "项目";
    here = "Here", "本项目";
    thesis = "Thesis", "论文";
    patients = "Patients", "患者";
    patients_of(class) = "Patients: {class}", "患者：{class}";
    patients_balanced = "Patients, mean of the classes", "患者，各类别平均";
    slices = "Slices", "切片";
    slices_balanced = "Slices, mean of the classes", "切片，各类别平均";
    intervals = "In brackets: the ends of the 95 % interval. A patient's slices are alike, so that of slices comes from drawing patients again and again; that of patients is Wilson's.", "括号内为 95 % 置信区间的两端。同一患者的切片彼此相似，因此切片的区间由对患者反复重抽样得出；患者的区间为 Wilson 区间。";

    matrices = "What was taken for what", "混淆矩阵";
    taken_for = "Taken for", "判定类别";
    in_truth = "In truth", "实际类别";

    by_class = "Class by class", "各类别";
    precision(share) = " Of patients taken for it, right: {share}.", "精确率（判为此类的患者中，确属此类者）：{share}。";
    area(area, low, high) = "{area:.3} ({low:.3} to {high:.3})", "{area:.3}（{low:.3}–{high:.3}）";
    area_of_patients(patients) = " Area under the curve of patients {patients}: how often one of the class is rated higher than one of another.", "曲线下面积（AUC）：患者 {patients}，即任取此类与其他类各一例时，前者评分更高的概率。";
    areas(patients, slices) = " Area under the curve of patients {patients}, of slices {slices}: how often one of the class is rated higher than one of another.", "曲线下面积（AUC）：患者 {patients}，切片 {slices}，即任取此类与其他类各一例时，前者评分更高的概率。";

    calibration = "Whether it knows how sure to be", "置信度校准：置信度是否可靠";
    calibration_error(after, before, temperature) = "Who is 80 % sure should be right in 80 %. Here the two are apart by {after:.1} points on average (expected calibration error), and by {before:.1} before the logits were divided by the temperature, {temperature:.2}.", "置信度为 80 % 时，应有 80 % 判断正确。这里两者平均相差 {after:.1} 个百分点（期望校准误差）；在 logits 除以温度 {temperature:.2}（温度缩放）之前，相差 {before:.1} 个百分点。";
    by_confidence = "Slices by how sure the network was", "按网络的置信度统计的切片";
    sure = "Sure", "置信度";
    right = "Right", "判断正确";

    no_answer = "When it gives no answer", "何时不给出类别";
    slices_without(slices, unlike, too_close, others, right) = "{unlike} of {slices} slices are unlike those in training, {too_close} have no class likely enough: they get none. Of the {others} others, {right} are right.", "{slices} 张切片中，{unlike} 张与训练所用的切片差别过大，{too_close} 张没有哪一类的概率足够高：这些切片不给出类别。其余 {others} 张的正确率为 {right}。";
    patients_without(unlike, too_close, others, right) = " Of the patients, {unlike} and {too_close} get none; of the {others} others, {right} are right.", "患者中，因这两种原因不给出类别的分别有 {unlike} 名和 {too_close} 名；其余 {others} 名的正确率为 {right}。";

    held_apart = "Held apart", "单独列出";
    held_apart_why = "The label of these slices is their study's, and many of them show nothing. They are counted in no figure above.", "这些切片的标签针对整次检查，其中许多并无病变。以上数字均未计入这些切片。";
    group_right(group, share) = "{group}, slices told right: {share}.", "{group}，判断正确的切片：{share}。";
}
