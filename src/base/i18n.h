/*
 * Messages in the operator's language. N_() marks a string for the catalogue
 * where a call is impossible (tables); it is looked up with _() when shown.
 */
#ifndef BASE_I18N_H
#define BASE_I18N_H

#include <libintl.h>

#define _(text) gettext(text)
#define N_(text) text

/* setlocale() for everything but numbers, and the message catalogue. When the
 * locale of the environment is not installed on this machine, its language is
 * still followed, with C.UTF-8 for the rest. */
void i18n_init(void);

#endif
