//! What sways the name of a disease though it is none.

texts! {
    heading = "What sways the name of the disease", "哪些因素会左右网络对疾病的判断";
    lead(patients, learned_from) = "A scanner decides how smooth or noisy a picture is, a mask how much of the chest wall it leaves: neither is a disease. One slice each of {patients}, {learned_from} of whom the network learned from, was changed so and in no other way. A network that goes by the disease answers much as before; one that was trained on slices changed so is swayed less, whatever it goes by.", "图像平滑还是多噪声取决于扫描仪，掩膜留下多少胸壁取决于分割：两者都不是疾病。这里对 {patients}各取一张切片（其中 {learned_from} 名的切片用于训练），每次只改变其中一项。依据疾病本身作判断的网络，回答应大致不变；训练时见过这类改变的网络，无论依据什么，所受影响都较小。";
    by_grain(area) = "How sharp their pictures are, tells which disease they have, with an area under the curve of {area:.2}, nothing else being looked at.", "仅凭图像的锐利程度，不看其他任何内容，就能以 {area:.2} 的曲线下面积区分这些患者的两种疾病。";
    caption = "Which of the two diseases is likelier, after a change that is none (blur and noise by their standard deviation, in pixels of 256 and grey levels of 255)", "作出与疾病无关的改变之后，两种疾病中哪一种概率更高（模糊和噪声以标准差计：模糊的单位为像素，图像边长 256 像素；噪声的单位为灰度级，最高 255）";
    change = "Change", "改变";
    pneumonia_as_covid = "Pneumonia, COVID-19 likelier", "普通肺炎：新冠肺炎概率更高";
    covid_as_pneumonia = "COVID-19, pneumonia likelier", "新冠肺炎：普通肺炎概率更高";
    none = "As they are", "原样";
    against = "Those with the other disease’s usual grain", "其中颗粒感与另一种疾病多数图像相同者";
    blurred(pixels) = "Blurred, {pixels} px", "模糊，{pixels} 像素";
    noisy(greys) = "Noise, {greys} grey levels", "加入噪声，{greys} 个灰度级";
    rimmed(pixels) = "Chest wall at the edge, {pixels} px", "边缘留有胸壁，{pixels} 像素";
    part(count, of, share) = "{count} of {of}, {share}", "{count}/{of}，{share}";
    when_blurred = "blurred", "变模糊";
    when_noisy = "noisy", "加入噪声";
    when_rimmed = "left with chest wall along their edge", "边缘留有胸壁";
    swayed(change, swayed, count, class, other, before) = "Which disease the network names does not hang on the disease alone: of {count} slices with {class}, {swayed} look more like {other} to it once they are {change}; unchanged, {before} do.", "疾病的判断所依据的不只是疾病本身：{count} 张{class}切片{change}后，有 {swayed} 张在网络看来更像{other}；不作改变时有 {before} 张。";
}
