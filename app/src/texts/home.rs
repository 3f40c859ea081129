//! Home.

texts! {
    heading = "Chest CT, read in the open", "胸部 CT 判读，全程透明";
    lead = "Lungsight tells COVID-19 from common pneumonia and healthy lungs on chest CT slices and shows how it came to its answer; it is a research tool, not a medical device, and gives no diagnosis.", "Lungsight 在胸部 CT 切片上区分新冠肺炎、普通肺炎和健康的肺，并展示结论是如何得出的；它仅供研究，并非医疗器械，也不作诊断。";
    to_introduction = "How the lungs are found and a slice is read", "如何找出肺部并判读切片";
    to_images = "The three classes side by side", "三个类别并列对照";
    to_diagnosis = "Your own slices, from file to report", "您自己的切片：从文件到报告";
}
