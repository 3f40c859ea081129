//! Series of DICOM and NIfTI files: reading them, looking at them, what is odd about them.

texts! {
    reading(files) = "Reading {files} on this device…", "正在本设备上读取 {files}…";
    failed = "The browser could not read these files: its worker failed, perhaps for lack of memory. Please choose them again, or fewer at once.", "浏览器无法读取这些文件：处理程序失败，可能内存不足。请重新选择，或减少数量。";
    failed_offline = "You are offline, and this browser has not kept what reads series; connect and choose the files again.", "您已离线，且浏览器未保存读取序列的程序；请连接网络后重新选择文件。";
    choose_folder = "Choose a folder", "选择文件夹";
    kinds = "A CT series: DICOM files, a folder or a zip of them, or NIfTI. It is read on this device and never sent: only pictures of its slices with their masks and positions (in mm) are, how many slices were left out, and what is odd about the series; no name, number or other tag.", "CT 序列：DICOM 文件（可为文件夹或 zip 压缩包），或 NIfTI 文件。序列文件在本设备上读取，绝不会被发送；发送的只有切片图像、其掩膜与位置（毫米）、略去的切片数以及序列的数据问题，不含姓名、编号或其他标签。";
    not_read = "Not read:", "未读取：";
    send_pictures = "Send the pictures", "发送图片";
    send(number) = "Send series {number}", "发送序列 {number}";
    what_is_sent = "What is sent", "发送内容";
    series(number) = "Series {number}", "序列 {number}";
    remove(number) = "Remove series {number}", "移除序列 {number}";
    size(slices, width, height) = "{slices} of {width} × {height} pixels", "{slices}，{width} × {height} 像素";
    spacing(mm) = ", {mm} mm apart", "，层间距 {mm} mm";

    viewer(number) = "Viewer of series {number}", "序列 {number} 的阅片窗口";
    slice_of(number, count) = "Slice {number} of {count}", "第 {number} 张，共 {count} 张";
    centre_width(centre, width) = "C {centre} W {width}", "窗位 {centre} 窗宽 {width}";
    front = "A", "前";
    right = "R", "右";
    slice = "Slice", "切片";
    window = "Window", "窗宽窗位";
    lung = "Lung", "肺窗";
    mediastinum = "Mediastinum", "纵隔窗";
    bone = "Bone", "骨窗";
    own = "Own", "自定义";
    centre = "Centre (HU)", "窗位（HU）";
    width = "Width (HU)", "窗宽（HU）";
    show_lungs = "Show the lungs", "显示肺部";
    drag_slices = "Drag: slices", "拖动：切片";
    drag_window = "Drag: window", "拖动：窗宽窗位";
    dragging = "What dragging does", "拖动的作用";
    how = "Wheel, arrow keys or dragging (with a finger: sideways) move through the slices.", "滚轮、方向键或拖动（手指左右滑动）可浏览切片。";
    damaged = "This slice cannot be shown: ", "无法显示该切片：";
    loading = "Reading the slice…", "正在读取切片…";
    choosing(number) = "Which slices of series {number} are sent", "序列 {number} 发送哪些切片";
    send_this = "Send this slice", "发送此切片";
    leave_out_above = "Leave out all before it", "略去此前全部";
    leave_out_below = "Leave out all after it", "略去此后全部";
    send_all = "Send all", "全部发送";
    left_out_by_hand = "Left out by hand.", "已手动略去。";
    left_out_here = "Left out: ", "略去：";
    fates = "Slices from head to feet: sent or left out", "从头侧到足侧的切片：发送或略去";
    fates_are(sent, left_out) = "{sent} with lungs, {left_out} left out.", "{sent}含肺部，{left_out}略去。";

    fates_skipped(slices) = " {slices} passed over at even intervals.", "另有 {slices} 按间隔跳过。";
    fates_will_be(sent, left_out) = "{sent} to be sent where they show lungs, {left_out} left out by hand.", "{sent}将发送（如含肺部），{left_out}手动略去。";

    patients_slices = "The patient's slices", "患者的切片";
    slice_is(name, title, probability) = "{name}: {title}, {probability}", "{name}：{title}，{probability}";
    slice_is_unsure(name, title, class, probability) = "{name}: {title}; most likely {class}, {probability}", "{name}：{title}；可能性最大的是{class}，{probability}";
    heat_of(class) = "Heat: {class}", "热图：{class}";
    heat_shows(class) = "The heat is what speaks for {class}.", "热图显示支持{class}的部分。";
    strip_order = "In each column, from the bottom up:", "每列自下而上：";
    strip(slices) = "Probabilities of {slices}, one column each", "{slices}的概率，每张一列";

    ready(slices) = "Series of {slices} ready to upload, as one patient.", "序列（{slices}）可上传，将作为同一名患者分析。";
    ready_chosen(slices, of) = "{slices} of the series' {of} are ready to upload, as one patient.", "该序列共 {of} 张切片，其中 {slices}可上传，将作为同一名患者分析。";
    none_chosen = "All slices of the series are left out: there is nothing to send.", "序列的切片已全部略去：没有可发送的内容。";
    ready_thinned(slices, of) = "{slices} of the series' {of} are ready to upload, evenly spaced, as one patient.", "已从该序列的 {of} 张切片中均匀选取 {slices}，可上传，将作为同一名患者分析。";
    preparing = "Cutting out the lungs…", "正在分割肺部…";
    no_slice_has_lungs = "No slice of this series shows lungs; nothing was sent.", "该序列没有切片显示肺部；未发送任何内容。";
    stop_preparing = "Stop", "停止";

    about_the_series = "What is odd about the series", "序列的数据问题";
    gap_of_one(after) = "About 1 slice is missing after slice {after} of the series.", "序列第 {after} 张之后约缺 1 张切片。";
    gap(missing, after) = "About {missing} slices are missing after slice {after} of the series.", "序列第 {after} 张之后约缺 {missing} 张切片。";
    gaps(missing, places) = "About {missing} slices are missing in {places} places.", "{places} 处共约缺 {missing} 张切片。";
    duplicate_one(kept) = "1 more slice lies where slice {kept} of the series does and is left out.", "另有 1 张与序列第 {kept} 张位置相同，已略去。";
    duplicate(dropped, kept) = "{dropped} more slices lie where slice {kept} of the series does and are left out.", "另有 {dropped} 张与序列第 {kept} 张位置相同，已略去。";
    duplicates(dropped, places) = "{dropped} more slices lie where {places} others do and are left out.", "另有 {dropped} 张与其他 {places} 张位置相同，已略去。";
    positions_missing = "No positions are given: the slices are in the order of their numbers.", "未提供位置：切片按编号排列。";
    orientation_assumed = "No orientation is given: the usual one is taken, head first.", "未提供方向：按常规方向处理，切片从头侧开始排列。";
    mixed_sizes = "The series has slices of other sizes or spacings, which are not among these.", "该序列另有尺寸或像素间距不同的切片，不在其中。";
    mixed_orientations = "The series has slices of other orientations, which are not among these.", "该序列另有方向不同的切片，不在其中。";
    several_patients(patients) = "The files are of {patients} patients; each series is of one of them.", "这些文件属于 {patients} 名患者；每个序列只属于其中一名。";
    units_assumed = "Nothing says that the values are Hounsfield units: they are taken for such.", "未说明数值为亨氏单位：按亨氏单位处理。";
    not_square = "The pixels are not square: the slices are shown and read squeezed.", "像素不是正方形：切片以变形的比例显示和判读。";
    lossy = "The slices were compressed with loss.", "切片经过有损压缩。";
    tilted(degrees) = "The slices are tilted by {degrees} degrees.", "切片倾斜 {degrees} 度。";

    empty = "The file is empty.", "文件是空的。";
    unknown_format = "Neither DICOM, NIfTI nor a zip of them.", "既不是 DICOM 或 NIfTI，也不是含有它们的 zip 压缩包。";
    too_large = "Too large, or too many at once for a browser.", "文件过大，或一次选择过多，浏览器无法处理。";
    archive = "The archive cannot be unpacked: it is damaged, encrypted, too large or holds another archive.", "无法解压：压缩包损坏、已加密、过大或含有其他压缩包。";
    dicom_dir = "A DICOMDIR: an index of files, no image.", "DICOMDIR：文件索引，不是图像。";
    document = "A document or report, no image.", "文档或报告，不是图像。";
    not_ct = "Not a CT image.", "不是 CT 图像。";
    secondary_capture = "A secondary capture: a picture of a screen, not in Hounsfield units.", "二次捕获（Secondary Capture）图像：屏幕画面，数值不是亨氏单位。";
    localizer = "A localizer: a scout view for planning, no axial slice.", "定位像：用于制定扫描计划，不是横断面切片。";
    coloured = "The image is coloured; a CT slice is grey.", "彩色图像；CT 切片是灰度图。";
    not_axial(degrees) = "The slice is not axial, or tilted by more than {degrees} degrees.", "切片不是横断面，或倾斜超过 {degrees} 度。";
    not_hounsfield = "The values are not in Hounsfield units.", "数值不是亨氏单位。";
    syntax(name) = "The pixels are stored as {name}, which is not read.", "像素以 {name} 存储，无法读取。";
    lossless_restarts = "JPEG Lossless with restart intervals or a point transform", "带重启间隔或点变换的无损 JPEG";
    jpeg_12_bit = "12-bit lossy JPEG", "12 位有损 JPEG";
    progressive_jpeg = "progressive JPEG", "渐进式 JPEG";
    video = "video", "视频";
    unknown_syntax = "a private or unknown transfer syntax", "私有或未知的传输语法";
    truncated = "The pixels are cut short or missing.", "像素数据不完整或缺失。";
    compressed = "The compressed picture is damaged, or would take too long to decode.", "压缩图像已损坏，或解码时间过长。";
    damaged_header = "The header is damaged.", "文件头已损坏。";
    nifti_kind = "NIfTI of a kind that is not read here: two files, NIfTI-2, several volumes, or another type of voxel.", "不支持的 NIfTI：双文件、NIfTI-2、多个三维体数据或其他体素类型。";
}
