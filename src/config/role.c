#include "config/conf.h"

#include "base/text.h"

static bool
listed(char *const *users, size_t n, unsigned uid, const char *name)
{
	int64_t number;
	size_t i;

	for (i = 0; i < n; i++) {
		if (text_int(users[i], 0, UINT32_MAX, &number) == 0) {
			if (number == uid)
				return true;
		} else if (name && strcmp(users[i], name) == 0) {
			return true;
		}
	}
	return false;
}

enum role
conf_role(const struct conf *c, unsigned uid, const char *user_name,
    unsigned server_uid)
{
	if (uid == server_uid)
		return ROLE_OPERATOR;
	if (listed(c->operators, c->operator_count, uid, user_name))
		return ROLE_OPERATOR;
	if (listed(c->viewers, c->viewer_count, uid, user_name))
		return ROLE_VIEWER;
	return ROLE_NONE;
}
