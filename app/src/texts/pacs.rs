//! The house's picture archive.

texts! {
    title = "Series from the PACS", "从 PACS 选取序列";
    lead = "CT series in your house’s archive. An analysis fetches the series to this server, looks at it in the lung window and forgets the files; names and numbers are not kept with the result.", "本机构影像归档中的 CT 序列。分析时，序列会取到本服务器，以肺窗判读，随后本服务器不再保留这些文件；姓名和编号不会随结果保存。";
    name = "Name begins with", "姓名开头";
    id = "Patient ID", "患者编号";
    date = "Day of the study", "检查日期";
    search = "Search", "查找";
    found = "Series found", "找到的序列";
    none = "No CT series fits this search.", "没有符合条件的 CT 序列。";
    patient = "Patient", "患者";
    description = "Description", "描述";
    images = "Images", "图像数";
    images_unit = "images", "张图像";
    analyse = "Analyse", "分析";
    analyse_of(description) = "Analyse {description}", "分析 {description}";
    unanswered = "The archive did not answer as it should: ", "归档系统未正常应答：";
    store = "Store in the PACS", "存入 PACS";
    store_lead = "Overlays and a structured report, in the study that the series is from.", "叠加图和结构化报告将存入该序列所属的检查。";
    being_stored = "This result is being stored in the PACS.", "正在将此结果存入 PACS。";
    stored(files) = "{files} files were stored in the PACS.", "已将 {files} 个文件存入 PACS。";
}
