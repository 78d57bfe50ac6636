//! Templates escape everything and hold neither script nor style: the Content-Security-Policy would stop both, and the page would be broken.

use crate::support::files;

#[test]
fn nothing_is_marked_safe_and_nothing_is_inline() {
    let mut faults = Vec::new();
    for (path, text) in files("templates", ".html") {
        let lower = text.to_lowercase();
        let mut fault = |what: &str| faults.push(format!("{path}: {what}"));
        for filter in ["|safe", "| safe", "|escape(\"none\")", "escape=\"none\""] {
            if lower.contains(filter) {
                fault(filter);
            }
        }
        if lower.contains("<style") || lower.contains(" style=") {
            fault("inline style");
        }
        if lower.contains("javascript:") {
            fault("javascript:");
        }
        for (_, rest) in lower.match_indices("<script").map(|(place, _)| lower.split_at(place)) {
            let tag = rest.split('>').next().unwrap_or_default();
            let body =
                rest.split_once('>').and_then(|(_, rest)| rest.split_once("</script>")).map_or("?", |(body, _)| body);
            if !tag.contains(" src=") || !body.trim().is_empty() {
                fault("inline script");
            }
        }
        for handler in handlers(&lower) {
            fault(&format!("{handler}= attribute"));
        }
        for place in ["http://", "https://", "src=\"//", "href=\"//"] {
            // The namespace of SVG is a name, not an address.
            if lower.replace("http://www.w3.org/2000/svg", "").contains(place) {
                fault(&format!("another site ({place})"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Attributes such as `onclick`.
fn handlers(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c == '"')
        .filter_map(|word| word.split_once('=').map(|(name, _)| name))
        .filter(|name| name.len() > 4 && name.starts_with("on") && name.chars().all(|c| c.is_ascii_lowercase()))
        .map(str::to_owned)
        .collect()
}

#[test]
fn scripts_and_style_sheets_load_nothing_from_elsewhere() {
    let mut faults = Vec::new();
    for (path, text) in files("static", ".js").into_iter().chain(files("static", ".css")) {
        for what in [
            "http://",
            "https://",
            "eval(",
            "new Function",
            "innerHTML",
            "outerHTML",
            "document.write",
            "insertAdjacentHTML",
        ] {
            if text.contains(what) {
                faults.push(format!("{path}: {what}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
