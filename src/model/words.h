/*
 * Enumerations as words: index of a word in a table of names, `other` for any
 * word that is not there, and for NULL.
 */
#ifndef MODEL_WORDS_H
#define MODEL_WORDS_H

#include <stddef.h>

int word_find(const char *word, const char *const *names, size_t count,
    int other);

#endif
