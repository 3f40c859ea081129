//! What the weights reach on another hospital's series.

texts! {
    told_right(patients, patients_right, patients_share, slices, slices_right, slices_share) = "Of {patients} of another hospital, {patients_right} told right: {patients_share}. Of their {slices}, {slices_right} told right: {slices_share}. So few are no sample, and the intervals say so. No slice of that hospital was learned from.", "外部医院的 {patients}中，判断正确的有 {patients_right} 名：{patients_share}。其 {slices}中，判断正确的有 {slices_right} 张：{slices_share}。数量如此之少，算不上有代表性的样本，置信区间也说明了这一点。训练未使用该医院的任何切片。";
    not_recognised(class, patients_found, patients, slices_found, slices) = "{class} is not recognised: {patients_found} of {patients}, {slices_found} of {slices} told right.", "未能识别{class}：{patients}中判断正确的有 {patients_found} 名，{slices}中有 {slices_found} 张。";
    elsewhere(failure) = "In a hospital that the network had not learned from: {failure}", "在一家未用于训练的医院，{failure}";
    recognised(class, patients_found, patients, slices_found, slices) = "{class}: {patients_found} of {patients}, {slices_found} of {slices} told right.", "{class}：{patients}中判断正确的有 {patients_found} 名，{slices}中有 {slices_found} 张。";
    shows_nothing(taken, count) = "Slices of diseased patients that show nothing count as healthy; taken for diseased: {taken} of {count}.", "患病者的切片中，没有病变的按健康计；这类切片共 {count} 张，其中 {taken} 张被判为患病。";
    no_lungs_many(number) = "In {number} further slices no lungs were found; they are not counted.", "另有 {number} 张切片未找到肺部，不计在内。";
    no_lungs_one = "In 1 further slice no lungs were found; it is not counted.", "另有 1 张切片未找到肺部，不计在内。";
    calibration(points) = "Stated confidence is off by {points:.1} points here.", "在这里，置信度与实际正确率平均相差 {points:.1} 个百分点。";
    matrix(slices) = "{slices} of another hospital", "外部医院的 {slices}";
}

/// How many slices gave no lungs.
pub fn no_lungs(slices: usize) -> String {
    if slices == 1 {
        no_lungs_one().to_owned()
    } else {
        no_lungs_many(slices)
    }
}
