// Everything here makes a working page quicker; nothing here is needed for it to work.
// One behaviour per file, each bound to its data attributes and to nothing else.
import "./theme.js";
import "./time_zone.js";
import "./submit_once.js";
import "./dialog.js";
import "./dialog_page.js";
import "./popup.js";
import "./popover.js";
import "./dismiss.js";
import "./copy.js";
import "./reveal.js";
import "./code_field.js";
import "./full_text.js";
import "./tip.js";
import "./shortcuts.js";
import "./list_search.js";
import "./list_links.js";
import "./list_keys.js";
import "./list_panel.js";
import "./list_arrange.js";
import "./list_place.js";
import "./list_follow.js";
import "./ticks.js";
import "./selection.js";
import "./progress.js";
import "./work.js";
