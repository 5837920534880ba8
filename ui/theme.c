#include "ui/theme.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/files.h"
#include "base/i18n.h"
#include "base/text.h"
#include "config/place.h"
#include "config/yaml.h"

/* Roles, and the theme that is built in: themes/dark.yaml says the same. */
static const struct {
	const char *name;
	const char *many, *eight, *none;
} inks[INK_COUNT] = {
	[INK_TEXT] = {"text", "", "", ""},
	[INK_DIM] = {"dim", "246", "", ""},
	[INK_STALE] = {"stale", "242", "black bold", "dim"},
	[INK_TITLE] = {"title", "255 bold", "white bold", "bold"},
	[INK_ACCENT] = {"accent", "75", "cyan", "bold"},
	[INK_BORDER] = {"border", "240", "", ""},
	[INK_OK] = {"ok", "77", "green", ""},
	[INK_WARN] = {"warn", "214", "yellow bold", "bold"},
	[INK_CRIT] = {"crit", "203 bold", "red bold", "bold reverse"},
	[INK_UNKNOWN] = {"unknown", "141 bold", "magenta bold", "bold"},
	[INK_PRODUCTION] = {"production", "231 on 125 bold",
	    "white on magenta bold", "bold reverse"},
	[INK_PRODUCTION_BORDER] = {"production-border", "168", "magenta",
	    "bold"},
	[INK_KEY] = {"key", "75", "cyan", "bold"},
	[INK_SPARK] = {"spark", "67", "cyan", ""},
	[INK_MATCH] = {"match", "16 on 220", "black on yellow", "reverse"},
	[INK_SELECTED] = {"selected", "on 238", "reverse", "reverse"},
	[INK_BAR] = {"bar", "253 on 236", "white on blue", "reverse"},
	[INK_BAR_PRODUCTION] = {"bar-production", "253 on 53",
	    "white on magenta", "reverse bold"},
	[INK_ALARM] = {"alarm", "231 on 124 bold", "white on red bold",
	    "reverse bold"},
};

const char *
ink_name(enum ink i)
{
	return inks[i].name;
}

static int
color_parse(const char *word, int *color)
{
	static const char *const names[] = {"black", "red", "green", "yellow",
	    "blue", "magenta", "cyan", "white"};
	int64_t n;
	size_t i;

	if (strcmp(word, "default") == 0) {
		*color = -1;
		return 0;
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(word, names[i]) == 0) {
			*color = i;
			return 0;
		}
	}
	if (text_int(word, 0, 255, &n) < 0)
		return -1;
	*color = n;
	return 0;
}

static int
attribute_parse(const char *word, unsigned *attributes)
{
	static const struct {
		const char *name;
		unsigned bit;
	} names[] = {
		{"bold", STYLE_BOLD}, {"dim", STYLE_DIM},
		{"italic", STYLE_ITALIC}, {"underline", STYLE_UNDERLINE},
		{"reverse", STYLE_REVERSE},
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(word, names[i].name) == 0) {
			*attributes |= names[i].bit;
			return 0;
		}
	}
	return -1;
}

int
style_parse(struct style *s, const char *text)
{
	struct style r = {.fg = COLOR_UNSET, .bg = COLOR_UNSET};
	bool background = false;
	char word[16];
	size_t n;

	for (;;) {
		text += strspn(text, " ");
		n = strcspn(text, " ");
		if (n == 0)
			break;
		if (n >= sizeof(word))
			return -1;
		memcpy(word, text, n);
		word[n] = '\0';
		text += n;
		if (background) {
			if (color_parse(word, &r.bg) < 0)
				return -1;
			background = false;
		} else if (strcmp(word, "on") == 0) {
			background = true;
		} else if (attribute_parse(word, &r.attributes) < 0 &&
		    (r.fg != COLOR_UNSET || color_parse(word, &r.fg) < 0)) {
			return -1;
		}
	}
	if (background)
		return -1;
	*s = r;
	return 0;
}

void
theme_builtin(struct theme *t, int colors)
{
	int i;

	memset(t, 0, sizeof(*t));
	snprintf(t->name, sizeof(t->name), "dark");
	for (i = 0; i < INK_COUNT; i++)
		style_parse(&t->styles[i], colors >= 256 ? inks[i].many :
		    colors >= 8 ? inks[i].eight : inks[i].none);
}

static const char *const sections[] = {"256", "8", "none", NULL};

static int
section_for(int colors)
{
	return colors >= 256 ? 0 : colors >= 8 ? 1 : 2;
}

static int
ink_by_name(const char *name)
{
	int i;

	for (i = 0; i < INK_COUNT; i++) {
		if (strcmp(inks[i].name, name) == 0)
			return i;
	}
	return -1;
}

/* One section: roles and their styles. Into t when `wanted`. */
static void
read_section(struct theme *t, const struct node *section, bool wanted,
    struct problems *p)
{
	const char *names[INK_COUNT + 1];
	const struct node *n;
	struct style s;
	int i;

	for (i = 0; i < INK_COUNT; i++)
		names[i] = inks[i].name;
	names[INK_COUNT] = NULL;
	for (n = section->first; n; n = n->next) {
		const char *near;

		i = ink_by_name(n->key);
		if (i < 0) {
			char *key = problems_quote(n->key);

			near = text_nearest(n->key, names);
			problems_add(p, n->key_line, n->key_column, near ?
			    _("unknown role %s, did you mean %s?") :
			    _("unknown role %s"), key, near);
			free(key);
		} else if (n->kind != NODE_SCALAR ||
		    style_parse(&s, n->text) < 0) {
			problems_add(p, n->line, n->column, _("%s: not a "
			    "style, expected \"[colour] [on colour] [bold] "
			    "[dim] [italic] [underline] [reverse]\""),
			    n->key);
		} else if (wanted) {
			t->styles[i] = s;
		}
	}
}

static void
read_theme(struct theme *t, const struct node *root, int colors,
    struct problems *p)
{
	const struct node *n;
	int i;

	if (root->kind != NODE_MAP) {
		problems_add(p, root->line, root->column,
		    _("expected the sections 256, 8 and none"));
		return;
	}
	for (n = root->first; n; n = n->next) {
		for (i = 0; sections[i]; i++) {
			if (strcmp(sections[i], n->key) == 0)
				break;
		}
		if (!sections[i])
			problems_add(p, n->key_line, n->key_column,
			    _("unknown section, expected 256, 8 or none"));
		else if (n->kind != NODE_MAP)
			problems_add(p, n->line, n->column,
			    _("expected roles and their styles"));
		else
			read_section(t, n, i == section_for(colors), p);
	}
}

int
theme_parse(struct theme *t, const char *text, size_t len, const char *file,
    int colors, struct err *e)
{
	struct problems *p = xcalloc(1, sizeof(*p));
	struct node *root = node_parse(text, len, p);
	struct theme made;
	struct buf b = BUF_INIT(1 << 16);
	const char *base = strrchr(file, '/');

	theme_builtin(&made, colors);
	base = base ? base + 1 : file;
	snprintf(made.name, sizeof(made.name), "%.*s",
	    (int)strcspn(base, "."), base);
	if (root && p->count == 0)
		read_theme(&made, root, colors, p);
	node_free(root);
	if (p->count == 0) {
		*t = made;
	} else {
		problems_print(p, file, &b);
		/* The first says enough for one line of the screen. */
		err_set(e, "%.*s", (int)strcspn(buf_str(&b), "\n"),
		    buf_str(&b));
	}
	buf_release(&b);
	len = p->count;
	problems_release(p);
	free(p);
	return len == 0 ? 0 : -1;
}

/* The file of a theme's name, or NULL. The caller frees it. */
static char *
find(const char *name)
{
	const char *data = getenv("VIGIE_DATADIR");
	char *config = place_xdg("XDG_CONFIG_HOME", ".config"), *path;

	if (config) {
		path = xasprintf("%s/vigie/themes/%s.yaml", config, name);
		free(config);
		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	path = xasprintf("%s/themes/%s.yaml",
	    data && *data ? data : PKGDATADIR, name);
	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

int
theme_load(struct theme *t, const char *name, int colors, struct err *e)
{
	struct buf b = BUF_INIT(NODE_BYTES_MAX);
	char *path = strchr(name, '/') ? xstrdup(name) : find(name);
	int rc = -1;

	if (!path && strcmp(name, "dark") == 0) {
		theme_builtin(t, colors);
		rc = 0;
	} else if (!path) {
		err_set(e, _("no theme is called %s; there are dark, light, "
		    "contrast and colorblind"), name);
	} else if (files_read(path, &b, e) == 0) {
		rc = theme_parse(t, buf_str(&b), b.len, path, colors, e);
	}
	buf_release(&b);
	free(path);
	return rc;
}
