#include "source/s3-parse.h"

#include <ctype.h>
#include <expat.h>
#include <limits.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/text.h"

enum {
	DEPTH_MAX = 16,
	VALUE_MAX = 16 * 1024,	/* a key has 1024 bytes, encoded three times
				 * that */
};

/*
 * One document is read: the texts of elements by their path below the root
 * ("Contents/Key"), told to `value` when they end. Name spaces are prefixes of
 * the document's own; services differ in them, so they are passed over.
 */
struct reader {
	XML_Parser parser;
	const char *root;	/* what it must be */
	char path[64];		/* below the root; "" at the root itself */
	size_t above[DEPTH_MAX + 1];	/* bytes of it, of those above */
	int depth;
	struct buf text;
	bool failed;
	struct err *e;
	void (*begin)(struct reader *r, const char *path);
	void (*value)(struct reader *r, const char *path, const char *text);
	void *arg;
};

/* --- the reader ----------------------------------------------------------- */

static void
give_up(struct reader *r, const char *why)
{
	if (!r->failed)
		err_set(r->e, "%s", why);
	r->failed = true;
	XML_StopParser(r->parser, XML_FALSE);
}

static const char *
local_name(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

static void XMLCALL
on_start(void *arg, const char *name, const char **attributes)
{
	struct reader *r = arg;
	size_t n = strlen(r->path);

	(void)attributes;
	if (r->failed)
		return;
	name = local_name(name);
	if (r->depth == 0 && strcmp(name, r->root) != 0) {
		give_up(r, "this is another document than was asked for");
		return;
	}
	if (r->depth == DEPTH_MAX) {
		give_up(r, "elements within elements, too deep");
		return;
	}
	r->above[++r->depth] = n;
	buf_clear(&r->text);
	if (r->depth == 1)
		return;
	/* A path that does not fit is none that we know. */
	snprintf(r->path + n, sizeof(r->path) - n, "%s%s", n ? "/" : "", name);
	if (r->begin)
		r->begin(r, r->path);
}

static void XMLCALL
on_end(void *arg, const char *name)
{
	struct reader *r = arg;

	(void)name;
	if (r->failed)
		return;
	if (r->depth > 1)
		r->value(r, r->path, buf_str(&r->text));
	buf_clear(&r->text);
	r->path[r->above[r->depth--]] = '\0';
}

static void XMLCALL
on_text(void *arg, const char *text, int len)
{
	struct reader *r = arg;

	if (buf_add(&r->text, text, len) == -1)
		give_up(r, "a text is too long");
}

/* Nobody sends one; who does has something in mind. */
static void XMLCALL
on_doctype(void *arg, const char *name, const char *system_id,
    const char *public_id, int has_subset)
{
	(void)name;
	(void)system_id;
	(void)public_id;
	(void)has_subset;
	give_up(arg, "a document type is not expected here");
}

static int
read_document(struct reader *r, const char *text, size_t len)
{
	enum XML_Status status;

	r->parser = XML_ParserCreate(NULL);
	if (!r->parser)
		abort();	/* memory */
	buf_init(&r->text, VALUE_MAX);
	XML_SetUserData(r->parser, r);
	XML_SetElementHandler(r->parser, on_start, on_end);
	XML_SetCharacterDataHandler(r->parser, on_text);
	XML_SetStartDoctypeDeclHandler(r->parser, on_doctype);
	status = len > INT_MAX ? XML_STATUS_ERROR :
	    XML_Parse(r->parser, text, (int)len, XML_TRUE);
	if (status != XML_STATUS_OK && !r->failed) {
		r->failed = true;
		err_set(r->e, "the answer is no whole XML document: %s (line "
		    "%lu)", XML_ErrorString(XML_GetErrorCode(r->parser)),
		    (unsigned long)XML_GetCurrentLineNumber(r->parser));
	}
	XML_ParserFree(r->parser);
	buf_release(&r->text);
	return r->failed ? -1 : 0;
}

/* --- a page --------------------------------------------------------------- */

struct page_reader {
	struct s3_page *page;
	bool encoded;		/* <EncodingType>url</EncodingType> */
	bool named;		/* the object has a key */
};

static int
hex(char c)
{
	const char *all = "0123456789abcdef";
	const char *at = c ? strchr(all, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - all) : -1;
}

/* In place. A plus is a space: all encoders write a plus as %2B. */
static void
decode(char *s)
{
	char *to = s;

	for (; *s; s++) {
		int high = *s == '%' ? hex(s[1]) : -1;
		int low = high >= 0 ? hex(s[2]) : -1;

		if (low >= 0 && (high || low)) {
			*to++ = (char)(high * 16 + low);
			s += 2;
		} else {
			*to++ = *s == '+' ? ' ' : *s;
		}
	}
	*to = '\0';
}

static void
page_begin(struct reader *r, const char *path)
{
	struct page_reader *p = r->arg;
	struct s3_page *page = p->page;

	if (strcmp(path, "Contents") != 0)
		return;
	if (page->count == S3_PAGE_MAX) {
		give_up(r, "more objects in a page than were asked for");
		return;
	}
	if ((page->count & (page->count - 1)) == 0)
		page->objects = xreallocarray(page->objects,
		    page->count ? 2 * page->count : 1,
		    sizeof(*page->objects));
	page->objects[page->count++] = (struct s3_object){
		.modified = TIME_UNKNOWN, .bytes = -1,
	};
}

/* What belongs to the object that is being read. */
static void
object_value(struct reader *r, struct s3_object *o, const char *member,
    const char *text)
{
	if (strcmp(member, "Key") == 0)
		xstrset(&o->key, text);
	else if (strcmp(member, "LastModified") == 0)
		clock_parse_rfc3339(text, &o->modified);
	else if (strcmp(member, "StorageClass") == 0)
		xstrset(&o->storage, text);
	else if (strcmp(member, "Size") == 0 &&
	    text_int(text, 0, INT64_MAX, &o->bytes) == -1)
		give_up(r, "the size of an object is no number");
}

static void
page_value(struct reader *r, const char *path, const char *text)
{
	struct page_reader *p = r->arg;
	struct s3_page *page = p->page;

	if (strncmp(path, "Contents/", 9) == 0) {
		object_value(r, &page->objects[page->count - 1], path + 9,
		    text);
	} else if (strcmp(path, "Contents") == 0) {
		const char *key = page->objects[page->count - 1].key;

		if (!key || !*key)
			give_up(r, "an object has no key");
	} else if (strcmp(path, "IsTruncated") == 0) {
		page->truncated = strcmp(text, "true") == 0;
		if (!page->truncated && strcmp(text, "false") != 0)
			give_up(r, "IsTruncated is neither true nor false");
	} else if (strcmp(path, "NextContinuationToken") == 0) {
		xstrset(&page->token, text);
	} else if (strcmp(path, "EncodingType") == 0) {
		p->encoded = strcmp(text, "url") == 0;
	}
}

int
s3_page_parse(const char *text, size_t len, struct s3_page *page,
    struct err *e)
{
	struct page_reader p = {.page = page};
	struct reader r = {.root = "ListBucketResult", .begin = page_begin,
	    .value = page_value, .arg = &p, .e = e};
	size_t i;

	*page = (struct s3_page){0};
	if (read_document(&r, text, len) == -1)
		goto fail;
	if (page->truncated && (!page->token || !*page->token)) {
		err_set(e, "there is more, but not where");
		goto fail;
	}
	for (i = 0; p.encoded && i < page->count; i++)
		decode(page->objects[i].key);
	return 0;
fail:
	s3_page_release(page);
	return -1;
}

void
s3_page_release(struct s3_page *p)
{
	while (p->count) {
		struct s3_object *o = &p->objects[--p->count];

		free(o->key);
		free(o->storage);
	}
	free(p->objects);
	free(p->token);
	*p = (struct s3_page){0};
}

/* --- a fault -------------------------------------------------------------- */

static void
fault_value(struct reader *r, const char *path, const char *text)
{
	struct s3_fault *f = r->arg;
	char *clean = text_clean(text, strlen(text));

	if (strcmp(path, "Code") == 0)
		xstrset(&f->code, clean);
	else if (strcmp(path, "Message") == 0)
		xstrset(&f->message, clean);
	else if (strcmp(path, "Region") == 0)
		xstrset(&f->region, clean);
	free(clean);
}

int
s3_fault_parse(const char *text, size_t len, struct s3_fault *f)
{
	struct err e;
	struct reader r = {.root = "Error", .value = fault_value, .arg = f,
	    .e = &e};

	*f = (struct s3_fault){0};
	if (read_document(&r, text, len) == 0 && f->code && *f->code)
		return 0;
	s3_fault_release(f);
	return -1;
}

void
s3_fault_release(struct s3_fault *f)
{
	free(f->code);
	free(f->message);
	free(f->region);
	*f = (struct s3_fault){0};
}
