//! How a heatmap comes about, as equations: MathML, and the same in words for those whose reader has none.

use leptos::prelude::*;

use crate::texts::formula as text;

/// Equations 6 to 8: weights, heat, and the closed form that a linear head after global pooling allows.
#[component]
pub fn GradCamFormula() -> impl IntoView {
    view! {
        <p>{text::symbols()}</p>
        {formula(weight().into_any(), text::weight())}
        {formula(heat().into_any(), text::heat())}
        {formula(head().into_any(), text::head())}
        {formula(closed().into_any(), text::closed())}
    }
    .into_any()
}

fn formula(equation: AnyView, says: &'static str) -> impl IntoView {
    view! {
        <figure class="formula">
            {equation}
            <figcaption>{says}</figcaption>
        </figure>
    }
    .into_any()
}

/// α_k^c
fn alpha() -> impl IntoView {
    view! { <msubsup><mi>"α"</mi><mi>"k"</mi><mi>"c"</mi></msubsup> }
}

/// y^c
fn logit() -> impl IntoView {
    view! { <msup><mi>"y"</mi><mi>"c"</mi></msup> }
}

/// A_ij^k
fn pixel() -> impl IntoView {
    view! { <msubsup><mi>"A"</mi><mrow><mi>"i"</mi><mi>"j"</mi></mrow><mi>"k"</mi></msubsup> }
}

fn sum_over_pixels() -> impl IntoView {
    view! { <munder><mo>"∑"</mo><mrow><mi>"i"</mi><mo>","</mo><mi>"j"</mi></mrow></munder> }
}

fn sum_over_maps() -> impl IntoView {
    view! { <munder><mo>"∑"</mo><mi>"k"</mi></munder> }
}

fn one_of_pixels() -> impl IntoView {
    view! { <mfrac><mn>"1"</mn><mi>"Z"</mi></mfrac> }
}

/// ∂y^c / ∂A_ij^k
fn gradient() -> impl IntoView {
    view! {
        <mfrac>
            <mrow><mo>"∂"</mo>{logit()}</mrow>
            <mrow><mo>"∂"</mo>{pixel()}</mrow>
        </mfrac>
    }
}

/// α_k^c = 1/Z ∑ ∂y^c / ∂A_ij^k
fn weight() -> impl IntoView {
    view! {
        <math display="block">
            {alpha()}
            <mo>"="</mo>
            {one_of_pixels()}
            {sum_over_pixels()}
            {gradient()}
        </math>
    }
}

/// L^c = ReLU(∑ α_k^c A^k)
fn heat() -> impl IntoView {
    view! {
        <math display="block">
            <msup><mi>"L"</mi><mi>"c"</mi></msup>
            <mo>"="</mo>
            <mi>"ReLU"</mi>
            <mrow>
                <mo>"("</mo>
                {sum_over_maps()}
                {alpha()}
                <msup><mi>"A"</mi><mi>"k"</mi></msup>
                <mo>")"</mo>
            </mrow>
        </math>
    }
}

/// y^c = b^c + ∑ w_k^c 1/Z ∑ A_ij^k
fn head() -> impl IntoView {
    view! {
        <math display="block">
            {logit()}
            <mo>"="</mo>
            <msup><mi>"b"</mi><mi>"c"</mi></msup>
            <mo>"+"</mo>
            {sum_over_maps()}
            {layer_weight()}
            {one_of_pixels()}
            {sum_over_pixels()}
            {pixel()}
        </math>
    }
}

/// w_k^c
fn layer_weight() -> impl IntoView {
    view! { <msubsup><mi>"w"</mi><mi>"k"</mi><mi>"c"</mi></msubsup> }
}

/// α_k^c = ∂y^c / ∂A_ij^k = w_k^c / Z
fn closed() -> impl IntoView {
    view! {
        <math display="block">
            {alpha()}
            <mo>"="</mo>
            {gradient()}
            <mo>"="</mo>
            <mfrac>
                {layer_weight()}
                <mi>"Z"</mi>
            </mfrac>
        </math>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equations_are_mathml() {
        let html = closed().to_html();
        assert!(html.starts_with("<math display=\"block\">"), "{html}");
        for part in ["<mi>α</mi>", "<mo>∂</mo>", "<mfrac>", "<mi>Z</mi>"] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }
}
