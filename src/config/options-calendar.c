/* When the business must not be disturbed. */
#include "config/options-units.h"
#include "model/calendar.h"

#define SLOT(member) offsetof(struct conf_slot, member)

static const struct option table[] = {
	{
		.path = "calendar",
		.type = OPTION_MAP,
		.fallback_text = N_("a person answers for it before a deploy"),
		.help = N_("when the business must not be disturbed"),
	}, {
		.path = "calendar.file",
		.type = OPTION_PATH,
		.offset = offsetof(struct conf, calendar.file),
		.example = "/etc/vigie/lessons.ics",
		.help = N_("an iCalendar file of this machine, read again "
		    "when it changes"),
	}, {
		.path = "calendar.timezone",
		.type = OPTION_TEXT,
		.offset = offsetof(struct conf, calendar.timezone),
		.max = 60,
		.fallback_text = N_("that of the server"),
		.example = "Europe/Paris",
		.help = N_("the zone that its times of day are of; the server "
		    "must run in it"),
	}, {
		.path = "calendar.weekly",
		.type = OPTION_LIST,
		.offset = offsetof(struct conf, calendar.weekly),
		.offset2 = offsetof(struct conf, calendar.weekly_count),
		.size = sizeof(struct conf_slot),
		.max = 100,
		.help = N_("slots that come every week"),
	}, {
		.path = "calendar.weekly.*.days",
		.type = OPTION_TEXT,
		.offset = SLOT(days),
		.required = true,
		.max = 60,
		.valid = calendar_is_days,
		.expected = N_("days of the week, mon-fri or tue,thu"),
		.example = "mon-fri",
		.help = N_("the days"),
	}, {
		.path = "calendar.weekly.*.from",
		.type = OPTION_TEXT,
		.offset = SLOT(from),
		.required = true,
		.max = 5,
		.valid = calendar_is_time,
		.expected = N_("a time of day, \"08:30\""),
		.example = "08:30",
		.help = N_("when it begins"),
	}, {
		.path = "calendar.weekly.*.to",
		.type = OPTION_TEXT,
		.offset = SLOT(to),
		.required = true,
		.max = 5,
		.valid = calendar_is_time,
		.expected = N_("a time of day, \"08:30\""),
		.example = "12:00",
		.help = N_("when it ends; not after its beginning: on the "
		    "next day"),
	}, {
		.path = "calendar.weekly.*.what",
		.type = OPTION_TEXT,
		.offset = SLOT(what),
		.required = true,
		.max = 100,
		.example = "lessons",
		.help = N_("what it is, in words"),
	},
};

const struct option_group options_calendar = OPTION_GROUP(table);
