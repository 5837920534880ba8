"""The bare git origin behind the stand-in, through the git program."""
import os
import re
import subprocess

SHA = re.compile(r"^[0-9a-f]{40}$")
FIELDS = "%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B"


class NotThere(Exception):
    """No such ref or object, or a name that is none."""


class Person:
    def __init__(self, name, email, when):
        self.name = name
        self.email = email
        self.when = when

    @property
    def login(self):
        """The lab's authors have their logins as mail addresses' first part."""
        return re.sub(r"[^A-Za-z0-9-]+", "-", self.email.partition("@")[0])


class Commit:
    def __init__(self, record):
        (self.sha, self.tree, parents, an, ae, at, cn, ce, ct,
            message) = record.split("\0", 9)
        self.parents = parents.split()
        self.author = Person(an, ae, int(at))
        self.committer = Person(cn, ce, int(ct))
        self.message = message.rstrip("\n")

    @property
    def subject(self):
        return self.message.partition("\n")[0]


class Tag:
    """A tag's name, the sha its ref holds and the commit it stands for."""

    def __init__(self, name, sha, commit, tagger, message):
        self.name = name
        self.sha = sha
        self.commit = commit
        self.tagger = tagger
        self.message = message

    @property
    def annotated(self):
        return self.sha != self.commit


class Origin:
    def __init__(self, path):
        self.path = os.path.realpath(path)
        self.commits = {}
        self.env = dict(os.environ, GIT_CONFIG_NOSYSTEM="1",
            GIT_CONFIG_GLOBAL="/dev/null", LC_ALL="C")
        # a hook that calls us has these set for its own repository
        for name in [n for n in self.env if n.startswith("GIT_")
                and not n.startswith("GIT_CONFIG")]:
            del self.env[name]

    def git(self, *words, feed=b"", env=None):
        done = subprocess.run(["git", "-C", self.path, "-c",
            "safe.directory=*"] + list(words), input=feed,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=dict(self.env, **(env or {})), timeout=20)
        if done.returncode:
            raise NotThere(done.stderr.decode("utf-8", "replace").strip())
        return done.stdout.decode("utf-8", "replace")

    def refs(self):
        """{full name: sha} of branches and tags."""
        out = self.git("for-each-ref", "--format=%(refname) %(objectname)",
            "refs/heads", "refs/tags")
        return dict(line.split(" ", 1) for line in out.splitlines())

    def tags(self):
        """All tags, as GitHub lists them: by name, backwards."""
        out = self.git("for-each-ref", "--format=%(refname:strip=2)%00"
            "%(objectname)%00%(*objectname)%00%(taggername)%00%(taggeremail)"
            "%00%(taggerdate:unix)%00%(contents)%01", "refs/tags")
        found = []
        for record in out.split("\1")[:-1]:
            name, sha, peeled, who, mail, when, text = \
                record.lstrip("\n").split("\0", 6)
            tagger = Person(who, mail.strip("<>"), int(when)) if when else None
            found.append(Tag(name, sha, peeled or sha, tagger,
                text if when else ""))
        return sorted(found, key=lambda tag: tag.name, reverse=True)

    def tag(self, name):
        for tag in self.tags():
            if tag.name == name:
                return tag
        raise NotThere("no tag " + name)

    def sha(self, rev):
        """The commit that a branch, a tag or a sha names."""
        if not re.match(r"^[A-Za-z0-9_][A-Za-z0-9_./+-]*$", rev) or ".." in rev:
            raise NotThere("bad name " + rev)
        for prefix in ("refs/heads/", "refs/tags/", "refs/", ""):
            try:
                return self.git("rev-parse", "--verify", "--quiet",
                    "--end-of-options", prefix + rev + "^{commit}").strip()
            except NotThere:
                continue
        raise NotThere("no commit " + rev)

    def object_type(self, sha):
        if not SHA.match(sha):
            raise NotThere("bad object " + sha)
        return self.git("cat-file", "-t", sha).strip()

    def commit(self, sha):
        if sha not in self.commits:
            self.log(sha, "--no-walk")
        return self.commits[sha]

    def log(self, *words):
        out = self.git("log", "-z", "--format=" + FIELDS.replace("%x00", "%x02"),
            *words)
        found = [Commit(record.replace("\2", "\0"))
            for record in out.split("\0") if record]
        for commit in found:
            self.commits[commit.sha] = commit
        return found

    def merge_base(self, a, b):
        return self.git("merge-base", a, b).strip()

    def changed(self, a, b):
        """[(status letter, additions, deletions, blob sha or None, path)]"""
        numbers = {}
        for line in self.git("diff", "--no-renames", "--numstat", a, b
                ).splitlines():
            plus, minus, path = line.split("\t", 2)
            numbers[path] = (int(plus) if plus != "-" else 0,
                int(minus) if minus != "-" else 0)
        found = []
        for line in self.git("diff", "--no-renames", "--raw", "--no-abbrev",
                a, b).splitlines():
            head, path = line.split("\t", 1)
            words = head.split()
            found.append((words[4][0],) + numbers.get(path, (0, 0))
                + (words[3] if words[4][0] != "D" else None, path))
        return found

    def make_tag(self, name, target, kind, tagger, message):
        text = "object %s\ntype %s\ntag %s\ntagger %s <%s> %d +0000\n\n%s\n" % (
            target, kind, name, tagger.name, tagger.email, tagger.when,
            message.rstrip("\n"))
        return self.git("mktag", feed=text.encode()).strip()

    def tag_object(self, sha):
        """(head fields, message) of a tag object."""
        if self.object_type(sha) != "tag":
            raise NotThere("no tag " + sha)
        head, _, message = self.git("cat-file", "tag", sha).partition("\n\n")
        return dict(line.split(" ", 1) for line in head.splitlines()), message

    def make_ref(self, ref, sha):
        self.git("update-ref", ref, sha, "0" * 40)
