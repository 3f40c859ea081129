//! Words that are used everywhere.

texts! {
    full_stop = ".", "。";
    colon = ": ", "：";
    list_comma = ", ", "、";
    healthy = "Healthy", "健康";
    pneumonia = "Pneumonia", "普通肺炎";
    covid = "COVID-19", "新冠肺炎";
    inconclusive = "Inconclusive", "无法判定";
    unlike = "This is unlike the slices the network was trained on.", "这张切片与训练网络所用的切片差别过大。";
    too_close = "No class is likely enough.", "没有哪一类的概率足够高。";
    slices_many(number) = "{number} slices", "{number} 张切片";
    slices_one = "1 slice", "1 张切片";
    files_many(number) = "{number} files", "{number} 个文件";
    files_one = "1 file", "1 个文件";
    patients_many(number) = "{number} patients", "{number} 名患者";
    patients_one = "1 patient", "1 名患者";
    seconds_many(number) = "{number} seconds", "{number} 秒";
    seconds_one = "1 second", "1 秒";
    research_tool = "Research tool, not a medical device.", "仅供研究，并非医疗器械。";
    no_diagnosis = " What it shows is no diagnosis and must not guide treatment. ", "所示内容不是诊断，不得用于指导治疗。";
    about_the_risk = "About the risk", "风险说明";
    little = "little", "影响小";
    much = "much influence", "影响大";
    colour_scale = "Colour scale, from little to much", "色标：影响从小到大";
    histogram(threshold) = "Histogram of the grey values; threshold at {threshold}", "灰度直方图；阈值为 {threshold}";
}

/// `1 slice`, `2 slices`.
pub fn slices(number: usize) -> String {
    if number == 1 {
        slices_one().to_owned()
    } else {
        slices_many(number)
    }
}

/// `1 file`, `2 files`.
pub fn files(number: usize) -> String {
    if number == 1 {
        files_one().to_owned()
    } else {
        files_many(number)
    }
}

/// `1 patient`, `2 patients`.
pub fn patients(number: usize) -> String {
    if number == 1 {
        patients_one().to_owned()
    } else {
        patients_many(number)
    }
}

/// `1 second`, `2 seconds`.
pub fn seconds(number: usize) -> String {
    if number == 1 {
        seconds_one().to_owned()
    } else {
        seconds_many(number)
    }
}
