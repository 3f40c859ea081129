//! Finding the lungs: the six steps, and why there are none.

texts! {
    polarise = "Polarise", "二值化";
    largest_component = "Largest component", "最大连通域";
    erosion = "Erosion", "腐蚀";
    largest_component_again = "Largest component again", "再取最大连通域";
    fill = "Fill", "填充";
    superimpose = "Superimpose", "叠加";
    slice = "Slice", "切片";
    slice_as_it_came = "The slice as it came", "原始切片";
    after_step(step) = "After the step {step}", "“{step}”步骤之后";
    six_steps = "The six steps", "六个步骤";
    threshold = "Threshold", "阈值";
    back_to(threshold) = "Back to {threshold}, found from the histogram", "恢复为 {threshold}（由直方图得出）";
    try_another = " Try another threshold.", "请换一个阈值再试。";
    already_masked = "This slice came with its lungs already cut out.", "这张切片的肺部已经事先分割出来。";
    masked_in(milliseconds) = "Masked in {milliseconds} ms", "用时 {milliseconds} 毫秒";
    trial_needs_script = "With JavaScript the steps are shown here on an example.", "启用 JavaScript 后，这里会用一张示例逐步演示。";
    move_the_threshold = "Move the threshold and watch every step follow.", "拖动阈值，看每一步如何随之变化。";

    file_gone = "The browser could not read the file; was it moved or deleted?", "浏览器无法读取该文件；它是否已被移动或删除？";
    worker_failed = "The masking failed in this browser; reload the page and try again.", "浏览器中的处理失败；请重新加载页面后再试。";
    empty = "The file is empty.", "文件是空的。";
    too_many_bytes(bytes, most) = "The file has {bytes} bytes; at most {most} are read.", "文件有 {bytes} 字节；上限为 {most} 字节。";
    unknown_format = "Nothing that is read here: PNG, JPEG, BMP, TIFF, and DICOM, NIfTI or a zip of them are.", "不是可读取的格式；支持 PNG、JPEG、BMP、TIFF，以及 DICOM、NIfTI 或含有它们的 zip 压缩包。";
    too_many_pixels(width, height, most) = "The image has {width} × {height} pixels; at most {most} in all are read.", "图像为 {width} × {height} 像素；总像素数最多 {most}。";
    too_small(width, height, least) = "The image has {width} × {height} pixels; each side needs at least {least}.", "图像为 {width} × {height} 像素；每边至少需要 {least} 像素。";
    too_long(width, height, most) = "The image has {width} × {height} pixels; a side may be {most} times the other at most.", "图像为 {width} × {height} 像素；一边最多为另一边的 {most} 倍。";
    malformed(reason) = "The image is truncated or damaged: {reason}.", "图像不完整或已损坏（英文说明：{reason}）。";
    unsupported(reason) = "The image is of a kind that is not read: {reason}.", "不支持这种图像（英文说明：{reason}）。";
    too_costly(reason) = "The image would take too long to decode: {reason}.", "解码这张图像需要的时间过长（英文说明：{reason}）。";
    coloured = "The picture is coloured; a CT slice is grey.", "这是彩色图片；CT 切片是灰度图。";

    flat = "No lungs found: the picture is all of one grey.", "未找到肺部：整张图片是同一灰度。";
    nothing_enclosed = "No lungs found: no dark regions enclosed by a body, as lungs in a chest CT slice are.", "未找到肺部：没有像胸部 CT 切片中的肺那样被身体包围的暗区。";
    not_ct = "No lungs found: the greys are not those of lung and soft tissue in a CT slice.", "未找到肺部：灰度不像 CT 切片中的肺和软组织。";
    lungs_too_small = "No lungs found: what was found is too small for lungs.", "未找到肺部：找到的区域太小，不可能是肺。";
    empty_mask = "No lungs found: the mask is empty.", "未找到肺部：掩膜是空的。";
}
