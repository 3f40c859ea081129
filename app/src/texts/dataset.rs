//! What the weights learned from: patients and slices.

texts! {
    split(train, validation, test) = "Patients are dealt {train} : {validation} : {test} within each class and source. No patient is in two parts. Training learns from the first, chooses by the second, and is judged by the third.", "在每个类别和每个来源内，患者按 {train} : {validation} : {test} 划分为训练集、验证集和测试集。没有患者同时属于两个部分。训练集用于学习，验证集用于选择，测试集用于评估。";
    by_class = "Patients and slices by class", "各类别的患者数与切片数";
    by_source = "The same by source: patients / slices", "按来源统计：患者数 / 切片数";
    class = "Class", "类别";
    training = "Training", "训练集";
    // With a soft hyphen: a telephone's column is narrow.
    validation = "Vali\u{ad}dation", "验证集";
    test = "Test", "测试集";
    all = "All", "合计";
    patients = "Patients", "患者";
    slices = "Slices", "切片";
    thesis = "Thesis", "论文";
    tied = "Class and source are tied: where a class comes from one source alone, its look may be taken for the disease. Figures within one source are worth more than totals.", "类别与来源相互关联：若某一类别只来自一个来源，该来源的图像特点可能被当作疾病本身。同一来源内的结果比总体结果更有参考价值。";

    nodules = "The healthy of luna16 are people with lung nodules and without pneumonia: healthy stands for neither of the two diseases, not for nothing at all.", "luna16 中的“健康”是有肺结节但无肺炎的人：“健康”指不属于这两种疾病，并非毫无异常。";

    not_among = "Not among these:", "以上数字未计入：";
    by_part(train, validation, test) = "training {train}, validation {validation}, test {test}", "训练集 {train}，验证集 {validation}，测试集 {test}";
    of_mild_studies(slices, by_part) = "{slices} of mild studies (CT-1), labelled as a whole: many of these slices show nothing; {by_part}.", "轻症检查（CT-1）的 {slices}，标签针对整次检查：其中许多切片并无病变；{by_part}。";
    with_small_lesions(slices, by_part) = "{slices} with lesions too small to be seen at the network's size; {by_part}.", "病灶过小、在网络的输入尺寸下无法看到的 {slices}；{by_part}。";
    noted(slices, note, by_part) = "{slices} noted “{note}”; {by_part}.", "备注为“{note}”的 {slices}；{by_part}。";
    no_lungs(slices, by_part) = "{slices} in which no lungs were found; {by_part}.", "未找到肺部的 {slices}；{by_part}。";
    no_lungs_and_no_other(slices, patients, by_part) = "{slices} in which no lungs were found; {patients} with no other; {by_part}.", "未找到肺部的 {slices}；其中 {patients}没有其他切片；{by_part}。";

    annotated_series = "annotated series", "带标注的序列";
    severity_mild = "severity CT-1", "严重程度 CT-1";
    hardly_a_lesion = "hardly a lesion", "几乎没有病灶";
    source_and_note(source, note) = "{source} {note}", "{source}，{note}";
}

/// A source as it is shown. Names of datasets stay as they are.
pub fn source(name: &str) -> &str {
    match name {
        "annotated series" => annotated_series(),
        other => other,
    }
}

/// A note of the list of slices as it is shown.
pub fn note(name: &str) -> &str {
    match name {
        "severity CT-1" => severity_mild(),
        "hardly a lesion" => hardly_a_lesion(),
        other => other,
    }
}

/// A source with a note, as the evaluation names its groups.
pub fn group(name: &str) -> String {
    ["severity CT-1", "hardly a lesion"]
        .into_iter()
        .find_map(|noted| {
            let of_source = name.strip_suffix(noted)?.strip_suffix(' ')?;
            Some(source_and_note(source(of_source), note(noted)))
        })
        .unwrap_or_else(|| source(name).to_owned())
}
