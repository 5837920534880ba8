/*
 * What git says of a checkout. Pure. The text is what the commands of
 * checkout_script() print.
 */
#ifndef SOURCE_CHECKOUT_PARSE_H
#define SOURCE_CHECKOUT_PARSE_H

#include "base/buf.h"
#include "base/err.h"
#include "model/model.h"

/* Commands for a POSIX shell that look at the checkout in `directory` and
 * change nothing in it. */
void checkout_script(struct buf *b, const char *directory);

struct checkout_sample {
	char *commit;		/* full; NULL before the first commit */
	char *branch;		/* NULL when detached */
	char *tag;		/* exactly here; of several the highest version,
				 * a rollback's tag last */
	enum tri dirty;		/* tracked files only */
};

/* -1 when it is no checkout, no git is there, …: *e says which. */
int checkout_parse(const char *text, size_t len, struct checkout_sample *out,
    struct err *e);
void checkout_sample_release(struct checkout_sample *c);

#endif
