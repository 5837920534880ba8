/* The configuration file, and what is printed of it. */
#include "fuzz.h"

#include "base/buf.h"
#include "config/conf.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = BUF_INIT(1 << 20);
	struct conf *c = conf_parse((const char *)data, size, "/etc/x.yaml",
	    &out);

	/* Either a configuration or a reason. */
	if (!c == (out.len == 0))
		abort();
	if (c)
		conf_print(c, &out);
	conf_free(c);
	buf_release(&out);
	return 0;
}
