//! What Lungsight must not be used for, and what happens to what is sent.

texts! {
    title = "About the risk", "风险说明";
    no_device = "Not a medical device", "并非医疗器械";
    no_device_why = "Lungsight is a research tool. It has not been examined or approved as a medical device. Its answers are no diagnosis, must not guide treatment, and do not replace a radiologist. It was trained on a small number of public slices from a few hospitals; on slices from other scanners, other patients or other diseases it can be wrong. It knows three classes and nothing else: a tumour or an embolism gets one of them too. Where no class is likely enough, or a slice is unlike those it has seen, it says “inconclusive”; it can be wrong without saying so.", "Lungsight 是研究工具，未作为医疗器械接受检验，也未获批准。它的回答不是诊断，不得用于指导治疗，也不能代替放射科医生。它用来自少数几家医院的少量公开切片训练而成；对来自其他扫描仪、其他患者或其他疾病的切片，它可能出错。它只知道三个类别，别无其他：肿瘤或栓塞也会被归入其中一类。没有哪一类的概率足够高，或切片与它见过的差别过大时，它回答“无法判定”；它也可能出错而不作提示。";
    sent = "What leaves your browser", "哪些内容会离开您的浏览器";
    sent_when = "With JavaScript, choosing files sends nothing: decoding and masking happen on your device. Upload sends the files as they are, their names and the masks. Without JavaScript the files and their names are sent when you press Analyse.", "启用 JavaScript 时，选择文件不会发送任何内容：解码和掩膜计算都在您的设备上进行。按“上传”会原样发送文件，以及文件名和掩膜。未启用 JavaScript 时，按“分析”会发送文件和文件名。";
    names = "File names and burned-in text can name a person: rename and crop such files first. No other origin is contacted, no cookie is set, nothing is counted.", "文件名和图像上烧录的文字可能透露患者身份：请先重命名并裁剪这类文件。本站不连接任何其他网站，不设置 Cookie，不作任何访问统计。";
    kept = "What is kept", "保留哪些内容";
    kept_by_the_server = "Uploads and results are kept by the server for a while, in its memory or in a database of whoever runs it, so that the result page and the report can be opened, and are then deleted. Whoever has the address of a result can open it during that time. The addresses are random and cannot be guessed.", "上传的内容和结果会由服务器在其内存或运营者的数据库中保留一段时间，以便打开结果页面和报告，随后删除。在此期间，凡知道结果地址的人都可以打开它。地址是随机的，无法猜到。";
    kept_by_the_browser = "Your browser keeps the site's own pages, so that they and the masking work without a connection. It keeps no slice of yours and no result.", "您的浏览器会保存本站自身的页面，使这些页面和掩膜计算在没有网络连接时也能使用。它不保存您的任何切片，也不保存任何结果。";
}
