//! The frame around every page, and what search engines are told.

texts! {
    description = "Lungsight tells COVID-19 from common pneumonia and healthy lungs on chest CT slices, and shows why. A research tool, not a medical device.", "Lungsight 在胸部 CT 切片上区分新冠肺炎、普通肺炎和健康的肺，并说明依据。仅供研究，并非医疗器械。";
    skip = "Skip to the content", "跳到正文";
    menu = "Menu", "菜单";
    pages = "Pages", "页面";
    home = "Home", "首页";
    research_tool = "Lungsight is a research tool, not a medical device.", "Lungsight 仅供研究，并非医疗器械。";
    network(model, device) = "Network: {model} on {device}", "神经网络：{model}，运行于 {device}";
}
