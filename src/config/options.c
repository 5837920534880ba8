#include "config/options.h"

#include <ctype.h>
#include <strings.h>

#include "base/text.h"
#include "config/options-limits.h"

bool
option_is_name(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-");

	return n > 0 && n <= 63 && text[n] == '\0' &&
	    isalnum((unsigned char)text[0]);
}

static bool
is_authority(const char *s, size_t len)
{
	const char *colon = memrchr(s, ':', len);
	const char *bracket = memchr(s, ']', len);
	char port[6];
	int64_t n;

	if (len == 0 || memchr(s, '@', len))
		return false;
	if (s[0] == '[' ? !bracket : bracket != NULL)
		return false;
	if (!colon || (bracket && colon < bracket))
		return true;
	if (colon == s || (size_t)(s + len - colon) > sizeof(port))
		return false;
	memcpy(port, colon + 1, s + len - colon - 1);
	port[s + len - colon - 1] = '\0';
	return text_int(port, 1, 65535, &n) == 0;
}

bool
option_is_url(const char *text)
{
	size_t scheme = strncasecmp(text, "http://", 7) == 0 ? 7 :
	    strncasecmp(text, "https://", 8) == 0 ? 8 : 0;

	return scheme && text[strcspn(text, " \t\"<>\\^`{|}")] == '\0' &&
	    is_authority(text + scheme, strcspn(text + scheme, "/?#"));
}

static const struct option table[] = {
	{
		.path = "project",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf, project),
		.required = true,
		.max = 100,
		.example = "formation-hub",
		.help = N_("what is watched, as the screens call it"),
	}, {
		.path = "state",
		.type = OPTION_PATH,
		.offset = offsetof(struct conf, state_dir),
		.fallback_text = N_("by user, see below"),
		.example = "/var/lib/vigie",
		.help = N_("directory of the history and of the server's log"),
	}, {
		.path = "socket",
		.type = OPTION_PATH,
		.offset = offsetof(struct conf, socket),
		.fallback_text = N_("by user, see below"),
		.example = "/run/vigie/vigie.sock",
		.help = N_("where the server listens for clients"),
	}, {
		.path = "runbooks",
		.type = OPTION_PATH,
		.offset = offsetof(struct conf, runbooks),
		.fallback_text = N_("only those that come with vigie"),
		.example = "/etc/vigie/runbooks",
		.help = N_("directory of the site's own runbooks, which go "
		    "before those of the same name that come with vigie"),
	}, {
		.path = "theme",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf, theme),
		.max = 4096,
		.fallback = "dark",
		.example = "light",
		.help = N_("colours: a theme's name, or the path of a file"),
	}, {
		.path = "operators",
		.type = OPTION_USERS,
		.offset = offsetof(struct conf, operators),
		.offset2 = offsetof(struct conf, operator_count),
		.max = 1000,
		.example = "[corentin, yan]",
		.help = N_("users who may act, by name or number"),
	}, {
		.path = "viewers",
		.type = OPTION_USERS,
		.offset = offsetof(struct conf, viewers),
		.offset2 = offsetof(struct conf, viewer_count),
		.max = 1000,
		.example = "[wall, 1002]",
		.help = N_("users who may look, by name or number"),
	}, {
		.path = "history",
		.type = OPTION_MAP,
		.help = N_("how much of the past the graphs keep"),
	}, {
		.path = "history.age",
		.type = OPTION_DURATION,
		.offset = offsetof(struct conf, history_age_ms),
		.min = HOUR,
		.max = 3650 * DAY,
		.fallback = "30d",
		.example = "30d",
		.help = N_("older samples are dropped"),
	}, {
		.path = "history.size",
		.type = OPTION_BYTES,
		.offset = offsetof(struct conf, history_max_bytes),
		.min = MIB,
		.max = 1024 * 1024 * MIB,
		.fallback = "64MiB",
		.example = "64MiB",
		.help = N_("room on disk; the oldest samples make place"),
	},
	LIMITS("", struct conf),
};

const struct option_group options_general = OPTION_GROUP(table);

/* --- the groups as one table -------------------------------------------- */

static const struct option_group *const groups[] = {&options_general,
	&options_sources, &options_calendar, &options_environment,
	&options_backup, &options_run};

const struct option *
option_at(size_t i)
{
	size_t g;

	for (g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		if (i < groups[g]->count)
			return &groups[g]->items[i];
		i -= groups[g]->count;
	}
	return NULL;
}

size_t
option_count(void)
{
	size_t g, n = 0;

	for (g = 0; g < sizeof(groups) / sizeof(groups[0]); g++)
		n += groups[g]->count;
	return n;
}

/* What follows "scope." in the path, or NULL. */
static const char *
below(const struct option *o, const char *scope)
{
	size_t n = strlen(scope);

	if (n == 0)
		return o->path;
	return strncmp(o->path, scope, n) == 0 && o->path[n] == '.' ?
	    o->path + n + 1 : NULL;
}

const char *
option_key(const struct option *o, const char *scope)
{
	const char *rest = below(o, scope);

	return rest && !strchr(rest, '.') ? rest : NULL;
}

bool
option_in_struct(const struct option *o, const char *scope)
{
	const char *rest = below(o, scope);

	return rest && !strchr(rest, '*');
}
