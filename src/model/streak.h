/* Hysteresis: the word in force, given one word per sample. See judge.h. */
#ifndef MODEL_STREAK_H
#define MODEL_STREAK_H

#include "model/judge.h"

void streak_init(struct streak *s);
/* Count the sample taken at that time, once; returns the word in force. */
enum status streak_feed(struct streak *s, int64_t sampled_at,
    enum status word, const struct limits *l);

#endif
