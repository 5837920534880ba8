/*
 * A YAML document as a tree of texts, each with its place in the file: the
 * plain part of YAML that a configuration needs. Anchors, aliases, tags, keys
 * that are no plain text, a key met twice and a second document are refused,
 * and so is what is too large or too deep. The only file that knows libyaml.
 */
#ifndef CONFIG_YAML_H
#define CONFIG_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "config/problems.h"

#define NODE_BYTES_MAX (1024 * 1024)
#define NODE_DEPTH_MAX 32
#define NODE_COUNT_MAX 20000

enum node_kind {
	NODE_SCALAR, NODE_MAP, NODE_LIST,
	NODE_BROKEN,	/* already complained of: leave it alone */
};

struct node {
	enum node_kind kind;
	int line, column;	/* from 1; columns count characters */
	char *text;		/* scalar: valid UTF-8 without NUL; else NULL */
	bool plain;		/* scalar without quotes */
	char *key;		/* in a map: its key; else NULL */
	int key_line, key_column;
	struct node *first, *next;	/* children; sibling */
	size_t count;		/* children */
};

/* The tree, or NULL after adding what made it unreadable. Problems that leave
 * a tree are added too: look at p->count. */
struct node *node_parse(const char *text, size_t len, struct problems *p);
void node_free(struct node *n);

/* The value of a key, or NULL. Borrowed. */
const struct node *node_get(const struct node *map, const char *key);
/* Nothing was written there: "key:", "key: ~" or "key: null". */
bool node_is_null(const struct node *n);

#endif
