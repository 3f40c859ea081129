//! How the weights came about.

texts! {
    all_patients = "all patients", "全部患者";
    training_patients = "training patients", "训练集患者";
    validation_patients = "validation patients", "验证集患者";
    test_patients = "test patients", "测试集患者";

    data = "Slices", "切片";
    split = "Split by patient", "按患者划分";
    masks = "Masks", "掩膜";
    first_run = "First run", "首次训练";
    screening = "Screening", "筛选";
    last_run = "Last run", "最后一次训练";
    averaging = "Averaging, and the epoch kept", "权重平均与保留的轮次";
    limits = "Temperature and limits", "温度与界限";
    judged = "Judged, after all was chosen", "全部选定之后的评估";

    with_lungs(slices, sources) = "{slices} slices with lungs, from {sources}.", "含肺部的切片 {slices} 张，来自 {sources}。";
    sources_many(number) = "{number} sources", "{number} 个来源";
    sources_one = "1 source", "1 个来源";
    shares(train, validation, test) = "{train} : {validation} : {test} within each class and source; nobody is in two parts.", "在每个类别和每个来源内按 {train} : {validation} : {test} 划分；没有人同时属于两个部分。";
    masked = "The lungs are cut out of every slice, by the code that your browser runs.", "从每张切片中分割出肺部，所用代码与您的浏览器中运行的相同。";
    left_out(slices) = "Left out: {slices} without lungs.", "舍去未找到肺部的 {slices}。";
    learns_without(model, slices, note) = "{model} learns without the {slices} noted “{note}”: their label is their study's.", "{model} 的训练不使用备注为“{note}”的 {slices}：它们的标签针对整次检查。";
    screened(shown, threshold, healthy_above) = "It looks through them. {shown} are diseased to it with more than {threshold} and are learned from; of the healthy validation slices of the same sources, {healthy_above} lie above that.", "由它逐张判读这些切片。其中 {shown} 张的患病概率高于 {threshold}，用于后续训练；在相同来源的健康验证切片中，高于此值的占 {healthy_above}。";
    learned(slices, batch) = "{slices} slices, {batch} a step, classes drawn evenly.", "{slices} 张切片，每步 {batch} 张，各类别均衡抽取。";
    learned_by_name(slices, batch) = "{slices} slices, {batch} a step, drawn so that each disease is named as often, and that those come more often whose pictures are smooth where most with their disease are sharp, or the other way round.", "{slices} 张切片，每步 {batch} 张；抽取时使两种疾病被指明的次数相同，并更多地抽取图像锐利程度与同种疾病的多数患者相反的患者。";
    from_weights(weights) = "The network goes on from {weights}.", "网络在 {weights} 的基础上继续训练。";
    from_trunk(weights) = "Stem and stages 1 to 3 start as those of {weights}, what follows at random.", "骨干网络的起始层和第 1 至第 3 阶段以 {weights} 的权重初始化，其余随机初始化。";
    from_imagenet = "Stem and stages 1 to 3 start as ImageNet's.", "骨干网络的起始层和第 1 至第 3 阶段以 ImageNet 预训练权重初始化。";
    from_random = "Everything starts at random.", "所有权重均为随机初始化。";
    all_learns = " Everything learns.", "所有层都参与训练。";
    stem_stays = " The stem stays as it is.", "起始层保持不变。";
    first_stage_stays = " Stem and stage 1 stay as they are.", "起始层和第 1 阶段保持不变。";
    epochs_many(epochs, side) = "{epochs} epochs at {side}²", "{epochs} 轮（{side} × {side} 像素）";
    epochs_one(side) = "1 epoch at {side}²", "1 轮（{side} × {side} 像素）";
    schedule(legs, time) = "{legs}, in {time}.", "依次训练 {legs}，共用时 {time}。";
    hours(hours, minutes) = "{hours} h {minutes} min", "{hours} 小时 {minutes} 分钟";
    minutes(minutes) = "{minutes} min", "{minutes} 分钟";
    rate(learning_rate, warm_up_epochs, backbone_learning_rate, weight_decay, label_smoothing, dropout) = "AdamW: learning rate up to {learning_rate} within {warm_up_epochs} epochs, then falling as a cosine; {backbone_learning_rate} for what came from ImageNet. Weight decay {weight_decay}, label smoothing {label_smoothing}, dropout {dropout}.", "AdamW：学习率在 {warm_up_epochs} 轮内升至 {learning_rate}，随后按余弦曲线下降；来自 ImageNet 的部分为 {backbone_learning_rate}。权重衰减 {weight_decay}，标签平滑 {label_smoothing}，随机失活（dropout）{dropout}。";
    changed(rotation, smallest, largest, shift, least_contrast, most_contrast, brightness) = "Every sight is changed: mirrored, turned by up to {rotation}°, {smallest} to {largest}\u{a0}% in size, moved by up to {shift}\u{a0}%; contrast {least_contrast} to {most_contrast}\u{a0}%, brightness by up to {brightness}\u{a0}%.", "切片每次输入时都经过数据增强：镜像，旋转不超过 {rotation}°，缩放为 {smallest}–{largest}\u{a0}%，平移不超过 {shift}\u{a0}%；对比度为 {least_contrast}–{most_contrast}\u{a0}%，亮度变化不超过 {brightness}\u{a0}%。";
    changed_too(worst_quality, best_quality, jpeg_share, cut_share) = " Blur, noise, resolution and the mask's edge vary too; JPEG of quality {worst_quality} to {best_quality} in {jpeg_share}\u{a0}%, a square taken out in {cut_share}\u{a0}%.", "模糊、噪声、分辨率和掩膜边缘也随机变化；{jpeg_share}\u{a0}% 经质量为 {worst_quality}–{best_quality} 的 JPEG 压缩，{cut_share}\u{a0}% 被遮去一个方块。";
    lesions_put_in(share) = "In {share} of the sights of healthy slices, lesions that radiologists drew elsewhere are put in; these sights are labelled “diseased”.", "健康切片的输入中有 {share} 被植入放射科医生在其他切片上勾画的病灶，这些输入的标签为“患病”。";
    untied(hidden, mixed) = "Against learning the scanner: slices of sources with one disease alone are labelled “diseased” and no more in {hidden} of sights; looks are mixed in {mixed} of steps.", "为避免学到扫描仪的特点：若一个来源只含一种疾病，其切片在 {hidden} 的输入中只标为“患病”，不标明是哪一种；在 {mixed} 的训练步中混合不同切片的图像风格。";
    taught(teachers, share) = "Networks that learned before ({teachers}) teach too: {share} of what a sight teaches is their mean opinion of it, the rest is its label.", "先前训练好的网络（{teachers}）作为教师网络参与训练（知识蒸馏）：它们对每次输入的平均判断占学习目标的 {share}，其余来自标签。";
    bound = " They name no disease: what they teach is how diseased a slice is; of what, its label says.", "它们不指明是哪种疾病，只教切片患病的概率；是哪种疾病，由标签指明。";
    even_grain(share) = "In {share} of the sights noise and sharpness are taken away and drawn anew: they tell a scanner, not a disease.", "在 {share} 的输入中，去除原有的噪声和锐度并随机重设：它们反映的是扫描仪，而不是疾病。";
    outside(grey) = "To the network, what is outside the lungs has the grey level {grey} of 255: a mask that cuts dense lesions away at the lungs' edge then looks more like one that takes them in.", "输入网络时，肺外区域的灰度为 {grey}（最高 255）：这样，切掉肺边缘致密病灶的掩膜与保留病灶的掩膜看起来更接近。";
    averaged(steps, kept) = "Every {steps} steps the weights are folded into a running average that keeps {kept} of itself.", "每 {steps} 步把权重并入滑动平均，其中原有平均值保留 {kept}。";
    kept_last(epoch) = "Epoch {epoch}, the last that was run, is kept.", "保留最后一轮，即第 {epoch} 轮。";
    mean_with(model) = "What is served is the mean of its weights and those of {model}.", "实际使用的权重是该次训练的权重与 {model} 权重的平均值。";
    kept(best, epochs, slices) = "Epoch {best} of {epochs} had the lowest loss on {slices} slices and is kept.", "共 {epochs} 轮，其中第 {best} 轮在 {slices} 张切片上的损失最低，予以保留。";
    temperature(temperature, side) = "Logits are divided by {temperature:.2}, so that stated confidence is earned; served at {side}².", "温度缩放：logits 除以 {temperature:.2}，使置信度名副其实；实际使用时的输入为 {side} × {side} 像素。";
    least(share) = "A class is named from {share} on.", "概率达到 {share} 才给出类别。";
    judged_on(slices, patients) = "{slices} of {patients}.", "{patients}的 {slices}。";
}

/// `1 source`, `2 sources`.
pub fn sources(number: usize) -> String {
    if number == 1 {
        sources_one().to_owned()
    } else {
        sources_many(number)
    }
}

/// `1 epoch at 192²`, `2 epochs at 192²`.
pub fn epochs(number: usize, side: usize) -> String {
    if number == 1 {
        epochs_one(side)
    } else {
        epochs_many(number, side)
    }
}
