//! Fields of a plain form, each with its label, its hint, and what is wrong with it; and everything that is wrong, above the form.

use leptos::prelude::*;

use super::tr;

/// Everything that is wrong, each a link to its field: pairs of the field's id and words. Once the page is awake it
/// takes the focus. Nothing where nothing is wrong.
#[component]
pub fn ErrorSummary(problems: Vec<(String, String)>) -> impl IntoView {
    let node = NodeRef::<leptos::html::Div>::new();
    Effect::new(move || {
        if let Some(node) = node.get() {
            let _ = node.focus();
        }
    });
    (!problems.is_empty()).then(|| {
        let lines = problems.into_iter().map(|(field, words)| {
            view! {
                <li>
                    // Not the router's: the browser itself moves the focus to the field.
                    <a rel="external" href=format!("#{field}")>{words}</a>
                </li>
            }
        });
        view! {
            <div class="error-summary" role="alert" tabindex="-1" node_ref=node>
                <h2>{tr!(error.summary)}</h2>
                <ul>{lines.collect_view()}</ul>
            </div>
        }
    })
}

/// A box to tick.
#[component]
pub fn Tick(field: &'static str, words: &'static str, ticked: bool, problem: Option<&'static str>) -> impl IntoView {
    view! {
        <div class="field" class:field-invalid=problem.is_some()>
            <Problem field problem />
            <label class="choice">
                <input
                    type="checkbox"
                    id=field
                    name=field
                    value="yes"
                    checked=ticked
                    aria-describedby=problem.map(|_| error_id(field))
                    aria-invalid=problem.map(|_| "true")
                />
                <span>{words}</span>
            </label>
        </div>
    }
}

/// One of `options`: codes and words.
#[component]
pub fn Select(
    field: &'static str,
    label: &'static str,
    options: Vec<(String, String)>,
    chosen: String,
    problem: Option<&'static str>,
) -> impl IntoView {
    let options = options.into_iter().map(|(code, words)| {
        let selected = code == chosen;
        view! {
            <option value=code selected=selected>
                {words}
            </option>
        }
    });
    view! {
        <div class="field" class:field-invalid=problem.is_some()>
            <label class="field-label" for=field>
                {label}
            </label>
            <Problem field problem />
            <select
                class="select"
                id=field
                name=field
                aria-describedby=problem.map(|_| error_id(field))
                aria-invalid=problem.map(|_| "true")
            >
                {options.collect_view()}
            </select>
        </div>
    }
}

/// A line of text to type, of `length` characters at most.
#[component]
pub fn Text(
    field: &'static str,
    label: &'static str,
    #[prop(optional)] hint: &'static str,
    value: String,
    problem: Option<&'static str>,
    autocomplete: &'static str,
    kind: &'static str,
    length: usize,
) -> impl IntoView {
    let hint = (!hint.is_empty()).then(|| view! { <p class="field-hint" id=format!("{field}-hint")>{hint}</p> });
    let described = [hint.as_ref().map(|_| format!("{field}-hint")), problem.map(|_| error_id(field))];
    let described = described.into_iter().flatten().collect::<Vec<_>>().join(" ");
    view! {
        <div class="field" class:field-invalid=problem.is_some()>
            <label class="field-label" for=field>
                {label}
            </label>
            {hint}
            <Problem field problem />
            <input
                class="input"
                type=kind
                id=field
                name=field
                value=value
                autocomplete=autocomplete
                maxlength=length.to_string()
                spellcheck="false"
                aria-describedby=(!described.is_empty()).then_some(described)
                aria-invalid=problem.map(|_| "true")
            />
        </div>
    }
}

/// A text of several lines. The browser does not cut it: nobody loses the end of what they pasted.
#[component]
pub fn LongText(field: String, name: &'static str, label: &'static str, value: String, problem: Option<String>, rows: u8) -> impl IntoView {
    let wrong = problem.is_some();
    let described = wrong.then(|| error_id(&field));
    view! {
        <div class="field" class:field-invalid=wrong>
            <label class="field-label" for=field.clone()>
                {label}
            </label>
            {problem.map(|words| view! { <p class="field-error" id=error_id(&field)>{words}</p> })}
            <textarea
                class="textarea"
                id=field.clone()
                name=name
                rows=rows.to_string()
                aria-describedby=described
                aria-invalid=wrong.then_some("true")
                inner_html=crate::text::escaped(&value)
            ></textarea>
        </div>
    }
    .into_any()
}

/// What is wrong with a field.
#[component]
pub fn Problem(field: &'static str, problem: Option<&'static str>) -> impl IntoView {
    problem.map(|words| view! { <p class="field-error" id=error_id(field)>{words}</p> })
}

/// Where the words stand that say what is wrong with a field.
fn error_id(field: &str) -> String {
    format!("{field}-error")
}
