"""The JSON of users, repositories, commits, tags, releases and pull requests.

Every field that GitHub's description requires is there; html_url and the like
point at the stand-in itself, never outside."""
import hashlib
import time
import urllib.parse

USER_LINKS = {"followers_url": "/followers", "following_url":
    "/following{/other_user}", "gists_url": "/gists{/gist_id}", "starred_url":
    "/starred{/owner}{/repo}", "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs", "repos_url": "/repos", "events_url":
    "/events{/privacy}", "received_events_url": "/received_events"}
REPO_LINKS = {
    "archive": "/{archive_format}{/ref}", "assignees": "/assignees{/user}",
    "blobs": "/git/blobs{/sha}", "branches": "/branches{/branch}",
    "collaborators": "/collaborators{/collaborator}",
    "comments": "/comments{/number}", "commits": "/commits{/sha}",
    "compare": "/compare/{base}...{head}", "contents": "/contents/{+path}",
    "contributors": "/contributors", "deployments": "/deployments",
    "downloads": "/downloads", "events": "/events", "forks": "/forks",
    "git_commits": "/git/commits{/sha}", "git_refs": "/git/refs{/sha}",
    "git_tags": "/git/tags{/sha}", "hooks": "/hooks",
    "issue_comment": "/issues/comments{/number}",
    "issue_events": "/issues/events{/number}", "issues": "/issues{/number}",
    "keys": "/keys{/key_id}", "labels": "/labels{/name}",
    "languages": "/languages", "merges": "/merges",
    "milestones": "/milestones{/number}",
    "notifications": "/notifications{?since,all,participating}",
    "pulls": "/pulls{/number}", "releases": "/releases{/id}",
    "stargazers": "/stargazers", "statuses": "/statuses/{sha}",
    "subscribers": "/subscribers", "subscription": "/subscription",
    "tags": "/tags", "teams": "/teams", "trees": "/git/trees{/sha}",
}
LETTERS = {"A": "added", "D": "removed", "M": "modified", "T": "changed"}


def stamp(when):
    return None if when is None else time.strftime(
        "%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))


def number(*words):
    """Always the same for the same words, and wide, as GitHub's are."""
    text = "/".join(str(word) for word in words).encode()
    return int(hashlib.sha256(text).hexdigest()[:10], 16)


def node(kind, ident):
    return "%s_kwDO%s" % (kind, hashlib.sha256(
        ("%s %s" % (kind, ident)).encode()).hexdigest()[:16])


class Shapes:
    """Makes JSON for one repository served at `base` (no slash at its end)."""

    def __init__(self, base, owner, name, born):
        self.base = base
        self.owner = owner
        self.name = name
        self.born = born
        self.site = base.replace("/api/v3", "")
        self.root = "%s/repos/%s/%s" % (base, owner, name)
        self.page = "%s/%s/%s" % (self.site, owner, name)

    def user(self, login, kind="User"):
        name = urllib.parse.quote(login)
        url = "%s/users/%s" % (self.base, name)
        out = {"login": login, "id": number("user", login) % 10 ** 8,
            "node_id": node("U", login), "avatar_url": "%s/avatars/%s" % (
                self.site, name), "gravatar_id": "", "url": url,
            "html_url": "%s/%s" % (self.site, name), "type": kind,
            "site_admin": False, "user_view_type": "public"}
        out.update((key, url + end) for key, end in USER_LINKS.items())
        return out

    def myself(self, login):
        return dict(self.user(login), user_view_type="private",
            name=login.capitalize(), company="Acadenice", blog="", location=None,
            email=login + "@acadenice.fr", hireable=None, bio=None,
            twitter_username=None, public_repos=0, public_gists=0, followers=0,
            following=0, created_at=stamp(self.born), updated_at=stamp(self.born),
            private_gists=0, total_private_repos=1, owned_private_repos=0,
            disk_usage=0, collaborators=0, two_factor_authentication=True)

    def small_repo(self):
        out = {"id": number("repo", self.owner, self.name), "node_id":
            node("R", self.name), "name": self.name, "full_name": "%s/%s" % (
                self.owner, self.name), "private": True,
            "owner": self.user(self.owner, "Organization"),
            "html_url": self.page, "fork": False, "url": self.root,
            "description": "Docmost, Baserow and the bridge"}
        out.update((key + "_url", self.root + end)
            for key, end in REPO_LINKS.items())
        out["archive_url"] = self.root + REPO_LINKS["archive"]
        return out

    def repo(self, pushed):
        return dict(self.small_repo(), git_url="git://127.0.0.1/%s/%s.git" % (
            self.owner, self.name), ssh_url="git@127.0.0.1:%s/%s.git" % (
            self.owner, self.name), clone_url=self.page + ".git",
            svn_url=self.page, mirror_url=None, homepage=None,
            language="TypeScript", forks=0, forks_count=0, stargazers_count=0,
            watchers=0, watchers_count=0, size=420, default_branch="main",
            open_issues=1, open_issues_count=1, has_issues=True,
            has_projects=False, has_wiki=False, has_pages=False,
            has_discussions=False, has_downloads=True, archived=False, disabled=False,
            visibility="private", license=None, network_count=0,
            subscribers_count=2, created_at=stamp(self.born),
            updated_at=stamp(pushed), pushed_at=stamp(pushed),
            permissions={"admin": False, "maintain": False, "push": True,
                "triage": True, "pull": True})

    # --- git ------------------------------------------------------------------

    def commit(self, c):
        url = "%s/commits/%s" % (self.root, c.sha)
        page = "%s/commit/%s" % (self.page, c.sha)

        def person(p):
            return {"name": p.name, "email": p.email, "date": stamp(p.when)}
        return {"url": url, "sha": c.sha, "node_id": node("C", c.sha),
            "html_url": page, "comments_url": url + "/comments",
            "commit": {"url": "%s/git/commits/%s" % (self.root, c.sha),
                "author": person(c.author), "committer": person(c.committer),
                "message": c.message, "comment_count": 0,
                "tree": {"sha": c.tree, "url": "%s/git/trees/%s" % (
                    self.root, c.tree)},
                "verification": {"verified": False, "reason": "unsigned",
                    "payload": None, "signature": None, "verified_at": None}},
            "author": self.user(c.author.login),
            "committer": self.user(c.committer.login),
            "parents": [{"sha": sha, "url": "%s/commits/%s" % (self.root, sha),
                "html_url": "%s/commit/%s" % (self.page, sha)}
                for sha in c.parents]}

    def short_commit(self, c):
        return {"id": c.sha, "tree_id": c.tree, "message": c.message,
            "timestamp": stamp(c.committer.when),
            "author": {"name": c.author.name, "email": c.author.email},
            "committer": {"name": c.committer.name, "email": c.committer.email}}

    def changed(self, sha, rows):
        return [{"sha": blob, "filename": path, "status": LETTERS.get(
            letter, "modified"), "additions": plus, "deletions": minus,
            "changes": plus + minus,
            "blob_url": "%s/blob/%s/%s" % (self.page, sha, path),
            "raw_url": "%s/raw/%s/%s" % (self.page, sha, path),
            "contents_url": "%s/contents/%s?ref=%s" % (self.root, path, sha)}
            for letter, plus, minus, blob, path in rows]

    def tag(self, t):
        return {"name": t.name, "commit": {"sha": t.commit, "url":
            "%s/commits/%s" % (self.root, t.commit)}, "node_id": node(
            "REF", t.name), "zipball_url": "%s/zipball/refs/tags/%s" % (
            self.root, t.name), "tarball_url": "%s/tarball/refs/tags/%s" % (
            self.root, t.name)}

    def ref(self, ref, sha, kind):
        return {"ref": ref, "node_id": node("REF", ref), "url": "%s/git/%s" % (
            self.root, ref), "object": {"type": kind, "sha": sha, "url":
            "%s/git/%ss/%s" % (self.root, kind, sha)}}

    def tag_object(self, sha, head, message):
        who, _, rest = head.get("tagger", "? <?> 0 +0000").partition(" <")
        mail, _, when = rest.partition("> ")
        return {"node_id": node("TO", sha), "tag": head["tag"], "sha": sha,
            "url": "%s/git/tags/%s" % (self.root, sha), "message": message,
            "tagger": {"name": who, "email": mail, "date": stamp(
                int(when.split()[0]))},
            "object": {"sha": head["object"], "type": head["type"], "url":
                "%s/git/%ss/%s" % (self.root, head["type"], head["object"])},
            "verification": {"verified": False, "reason": "unsigned",
                "payload": None, "signature": None, "verified_at": None}}

    def release(self, t):
        ident = number("release", t.name)
        url = "%s/releases/%d" % (self.root, ident)
        when = stamp(t.tagger.when if t.tagger else self.born)
        login = t.tagger.login if t.tagger else self.owner
        return {"url": url, "id": ident, "node_id": node("RE", t.name),
            "html_url": "%s/releases/tag/%s" % (self.page, t.name),
            "assets_url": url + "/assets", "upload_url": url
            + "/assets{?name,label}", "tarball_url": "%s/tarball/%s" % (
                self.root, t.name), "zipball_url": "%s/zipball/%s" % (
                self.root, t.name), "tag_name": t.name,
            "target_commitish": "main", "name": t.name,
            "body": t.message.partition("\n\n")[2], "draft": False,
            "prerelease": "-" in t.name, "immutable": False, "created_at": when,
            "published_at": when, "updated_at": when,
            "author": self.user(login), "assets": []}

    # --- issues and pull requests ---------------------------------------------

    def label(self, name):
        return {"id": number("label", name), "node_id": node("LA", name),
            "url": "%s/labels/%s" % (self.root, name), "name": name,
            "description": "", "color": "d73a4a" if name == "critical"
            else "0366d6", "default": False}

    def pull_links(self, p):
        url = "%s/pulls/%d" % (self.root, p.number)
        issue = "%s/issues/%d" % (self.root, p.number)
        return {"url": url, "html_url": "%s/pull/%d" % (self.page, p.number),
            "diff_url": "%s/pull/%d.diff" % (self.page, p.number),
            "patch_url": "%s/pull/%d.patch" % (self.page, p.number),
            "issue_url": issue, "commits_url": url + "/commits",
            "review_comments_url": url + "/comments",
            "review_comment_url": self.root + "/pulls/comments{/number}",
            "comments_url": issue + "/comments",
            "statuses_url": "%s/statuses/%s" % (self.root, p.sha)}

    def of_both(self, p):
        """What a pull request has in common with itself as an issue."""
        return {"number": p.number, "state": p.state, "locked": False,
            "title": p.title, "user": self.user(p.login), "body": p.body,
            "labels": [self.label(name) for name in p.labels],
            "milestone": None, "active_lock_reason": None, "assignee": None,
            "assignees": [], "created_at": stamp(p.created),
            "updated_at": stamp(p.updated), "closed_at": stamp(p.closed),
            "author_association": "MEMBER", "draft": False}

    def pull(self, p, base_sha, pushed):
        links = self.pull_links(p)
        repo = self.repo(pushed)

        def end(ref, sha):
            return {"label": "%s:%s" % (self.owner, ref), "ref": ref,
                "sha": sha, "repo": repo, "user": self.user(
                    self.owner, "Organization")}
        return dict(self.of_both(p), id=number("pull", p.number), node_id=node(
            "PR", p.number), merged_at=None, merge_commit_sha=None,
            requested_reviewers=[], requested_teams=[], auto_merge=None,
            head=end(p.branch, p.sha), base=end("main", base_sha),
            _links={name: {"href": links[key]} for name, key in (
                ("self", "url"), ("html", "html_url"), ("issue", "issue_url"),
                ("comments", "comments_url"), ("commits", "commits_url"),
                ("review_comments", "review_comments_url"),
                ("review_comment", "review_comment_url"),
                ("statuses", "statuses_url"))}, **links)

    def issue(self, p):
        url = "%s/issues/%d" % (self.root, p.number)
        out = dict(self.of_both(p), id=number("issue", p.number), node_id=node(
            "I", p.number), url=url, repository_url=self.root,
            labels_url=url + "/labels{/name}", comments_url=url + "/comments",
            events_url=url + "/events", html_url="%s/%s/%d" % (self.page,
                "pull" if p.branch else "issues", p.number),
            comments=0, closed_by=None, state_reason=None)
        if p.branch:
            links = self.pull_links(p)
            out["pull_request"] = dict({key: links[key] for key in (
                "url", "html_url", "diff_url", "patch_url")}, merged_at=None)
        return out
