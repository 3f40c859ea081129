//! What Lungsight stands on.

texts! {
    title = "Reference", "参考资料";
    methods = "Methods", "方法";
    song = "Song and others 2021", "Song 等 2021";

    training_data = "Training data", "训练数据";
    none_of_it = "Public research data, de-identified. None of it is part of Lungsight; the example images that come with it are synthetic.", "公开的研究数据，已去标识化。Lungsight 不包含其中任何数据；自带的示例图像均为合成。";
    source = "Source", "数据集";
    origin = "Origin", "来源";
    licence = "Licence", "许可";
    song_with_doi = "Song and others 2021, doi:10.1109/TCBB.2021.3065361", "Song 等 2021，doi:10.1109/TCBB.2021.3065361";
    moscow = "Research and Practical Clinical Center for Diagnostics, Moscow", "莫斯科诊断学科学与实践临床中心";
    archive = "The Cancer Imaging Archive", "癌症影像档案库（TCIA）";
    zhao = "Zhao and others 2020, arXiv:2003.13865", "Zhao 等 2020，arXiv:2003.13865";
    annotated = "Annotated series", "带标注的序列";
    annotated_origin = "seven series of people with COVID-19 in which radiologists drew lungs and lesions, origin not stated", "新冠肺炎患者的七个序列，由放射科医生勾画出肺和病灶，未注明来源";
    photographs = "The network’s first stages did not start from nothing but from photographs: as torchvision’s ResNet-18 has learned them from ImageNet.", "网络的前几个阶段并非从零开始，而是取自 torchvision 的 ResNet-18，即先在 ImageNet 的照片上训练所得。";
    no_origin = "origin not stated", "未注明来源";
    no_licence = "licence not stated", "未注明许可";

    software = "Software", "软件";
    written_in = "Lungsight is written in Rust, under MIT or Apache-2.0. The network is trained with Burn and runs on it on a GPU, on a CPU by code of its own on rten-gemm; the server runs on axum, the pages on Leptos; pictures are decoded by the image crate.", "Lungsight 用 Rust 编写，采用 MIT 或 Apache-2.0 许可。网络用 Burn 训练，在 GPU 上由 Burn 运行，在 CPU 上由基于 rten-gemm 的自有代码运行；服务器基于 axum，页面基于 Leptos；图片由 image 库解码。";
}
