#include "model/streak.h"

void
streak_init(struct streak *s)
{
	*s = (struct streak){
		.sampled_at = TIME_UNKNOWN,
		.held = STATUS_UNKNOWN,
		.next = STATUS_UNKNOWN,
	};
}

static void
hold(struct streak *s, enum status word)
{
	s->held = word;
	s->bad = s->good = 0;
}

enum status
streak_feed(struct streak *s, int64_t sampled_at, enum status word,
    const struct limits *l)
{
	bool first = s->sampled_at == TIME_UNKNOWN;

	if (sampled_at == s->sampled_at)
		return s->held;
	s->sampled_at = sampled_at;
	if (first || word == s->held) {
		hold(s, word);
	} else if (word > s->held) {
		s->next = s->bad && s->next < word ? s->next : word;
		s->good = 0;
		if (++s->bad >= l->bad_samples)
			hold(s, s->next);
	} else {
		s->next = s->good && s->next > word ? s->next : word;
		s->bad = 0;
		if (++s->good >= l->good_samples)
			hold(s, s->next);
	}
	return s->held;
}
