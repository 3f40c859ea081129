//! Where chest CT slices can be had.

texts! {
    title = "Where to find slices", "切片来源";
    lead = "Public research collections, de-identified, each under terms of its own. None of them is part of Lungsight.", "公开的研究数据集，已去标识化，各有其使用条款。Lungsight 不包含其中任何数据。";
    archives = "From whoever runs this server", "由本服务器的运营者提供";
    original = "slices as they are (of DICOM files, in the lung window)", "原始切片（DICOM 文件为肺窗图像）";
    masked = "their lungs alone, as the network sees them", "仅含肺部的切片，与网络所见一致";
}
