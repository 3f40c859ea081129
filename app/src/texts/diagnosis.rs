//! Online diagnosis: from files to Start.

texts! {
    title = "Online diagnosis", "在线诊断";
    lead = "Choose axial chest CT slices. Lungsight finds the lungs, then tells healthy lungs, common pneumonia and COVID-19 apart and shows where it looked.", "选择胸部 CT 横断面切片。Lungsight 先找出肺部，再区分健康、普通肺炎和新冠肺炎，并显示它看了哪里。";
    nothing_leaves = "Until you press the button nothing leaves this device. What is sent, and what happens to it: ", "在您按下按钮之前，任何内容都不会离开本设备。发送什么、如何处理，见";
    about_the_risk = "about the risk", "风险说明";
    nothing_leaves_after = ".", "。";

    slices = "CT slices", "CT 切片";
    kinds = "PNG, JPEG, BMP or TIFF, several at once.", "PNG、JPEG、BMP 或 TIFF，可一次选择多个。";
    drop_or_paste = " Or drop them here, or paste them.", "也可拖放到此处，或直接粘贴。";
    one_patient = "All slices belong to one patient", "所有切片属于同一名患者";
    analyse = "Analyse", "分析";
    chosen_files = "Chosen files", "已选文件";
    hide_steps = "Hide steps", "隐藏步骤";
    show_steps = "Show steps", "显示步骤";
    hide_steps_of(name) = "Hide steps of {name}", "隐藏 {name} 的步骤";
    show_steps_of(name) = "Show steps of {name}", "显示 {name} 的步骤";
    remove = "Remove", "移除";
    remove_file(name) = "Remove {name}", "移除 {name}";
    reading = "Reading…", "正在读取…";
    lungs_found = "Lungs found.", "已找到肺部。";
    lungs_found_moved = "Lungs found, threshold moved.", "已找到肺部（阈值已调整）。";
    not_fetched(name) = "{name} could not be fetched from the server", "无法从服务器取得 {name}。";

    upload = "Upload", "上传";
    start = "Start", "开始";
    stop = "Stop the upload", "停止上传";
    to_go(number) = "{number} to go.", "还剩 {number}。";
    choose_first = "Choose slices first.", "请先选择切片。";
    nothing_to_upload = "Nothing here can be uploaded: see the reasons below.", "没有可上传的文件：原因见下。";
    ready_and_left_out(slices, files) = "{slices} ready; {files} left out, for the reason beside it.", "{slices}可上传；{files}略去，原因见旁。";
    ready(slices) = "{slices} ready to upload.", "{slices}可上传。";
    sent = "Sent; the server is reading…", "已发送；服务器正在读取…";
    uploading = "Uploading…", "正在上传…";
    complete(slices) = "Upload complete: {slices} received. Press Start.", "上传完成：已收到 {slices}。请按“开始”。";
    starting(slices) = "Starting with {slices}… The result opens by itself.", "开始分析 {slices}…结果会自动打开。";
    could_not_read = "The server could not read:", "服务器无法读取：";
    try_again_in(seconds) = " Try again in {seconds}.", "请在 {seconds} 后重试。";
    busy_waiting = "The server is busy; it is asked again by itself.", "服务器繁忙；将自动重试。";
    stop_waiting = "Stop waiting", "停止等待";
    stopped = "The upload was stopped; nothing of it is kept.", "上传已停止；未保留任何内容。";
    not_added = "No files are taken while something is sent; add them again afterwards.", "发送期间不接受文件；请稍后重新添加。";
    first_taken(most) = "Only {most} of the files that were dropped have been taken.", "只取用了所拖放文件中的 {most} 个。";
    drawing = "The example is a drawing of no person: the network has learned from real slices only, and what it says of a drawing means nothing.", "该示例是合成图像，并非来自任何真人：神经网络只从真实切片中学习，它对合成图像的判断没有意义。";
    not_added_again(number) = "Pictures that are in the list already were not added again: {number}.", "列表中已有的图片未再次添加：{number} 张。";
    not_opened(number) = "Not all that was dropped could be opened by the browser; missing: {number}.", "浏览器无法打开部分拖放内容；缺少 {number} 项。";
    changed_meanwhile = "What is shown has changed while it was sent; please upload it again.", "发送期间，所显示的内容有改动；请重新上传。";
    offline = "You are offline: lungs are found in the browser, but the network that reads them is on the server; connect and try again.", "您已离线：肺部在浏览器中查找，但读片的神经网络在服务器上；请连接网络后重试。";
    connection_lost = "The connection was lost; check it and try again.", "连接中断；请检查后重试。";
    unreadable_answer = "The server's answer could not be read.", "无法读取服务器的回答。";
    not_put_together = "The browser could not put the files together.", "浏览器无法打包这些文件。";
    not_sent = "The browser could not send the request.", "浏览器无法发送请求。";
    unreachable = "The server cannot be reached; check the connection and try again.", "无法连接服务器；请检查连接后重试。";
    // What the server says it says in English; these stand for it in Chinese, by its status.
    gone = "The server no longer keeps this.", "服务器已不再保留该内容；请重新上传。";
    too_large = "Too large, or too many at once.", "文件过大，或一次发送过多；请减少后重试。";
    wrong_kind = "Not an image that is read here.", "不是可读取的图像。";
    no_slice = "It cannot be read as a slice with lungs.", "无法读取，或其中没有找到肺部。";
    busy = "The server is busy; try again in a moment.", "服务器繁忙；请稍后重试。";
    unavailable = "The server is not ready; try again in a moment.", "服务器暂时不可用；请稍后重试。";
    no_room = "The server has no room for it; try again later.", "服务器空间已满；请稍后重试。";
    refused(status) = "The server has refused this (status {status}).", "服务器拒绝了此操作（状态码 {status}）。";
    failed = "The server failed on this; it has been logged.", "服务器处理失败；已记录。";
    status(status) = "The server answered with status {status}.", "服务器返回状态码 {status}。";
}
