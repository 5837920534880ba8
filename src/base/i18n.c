#include "base/i18n.h"

#include <locale.h>
#include <stdbool.h>
#include <strings.h>

/* The value that decides about messages, as setlocale(3) ranks them. */
static const char *
wanted_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "C";
}

static bool
is_utf8(const char *locale)
{
	const char *dot = strchr(locale, '.');

	return dot && (strncasecmp(dot, ".utf-8", 6) == 0 ||
	    strncasecmp(dot, ".utf8", 5) == 0);
}

void
i18n_init(void)
{
	const char *wanted = wanted_locale();
	const char *dir = getenv("VIGIE_LOCALEDIR");

	if (!setlocale(LC_ALL, "") && is_utf8(wanted) &&
	    setlocale(LC_ALL, "C.UTF-8"))
		setenv("LANGUAGE", wanted, 0);
	/* JSON, YAML and C agree on the decimal point. */
	setlocale(LC_NUMERIC, "C");
	bindtextdomain("vigie", dir && *dir ? dir : LOCALEDIR);
	bind_textdomain_codeset("vigie", is_utf8(wanted) ? "UTF-8" : "ASCII");
	textdomain("vigie");
}
