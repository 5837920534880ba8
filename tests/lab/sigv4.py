"""Requests to an S3 service, signed with AWS Signature Version 4."""

import hashlib
import hmac
import http.client
import time
import urllib.parse
import xml.etree.ElementTree

from util import LabError


def encoded(text):
    return urllib.parse.quote(text, safe="-._~")


def canonical_query(query):
    return "&".join("%s=%s" % pair for pair in
        sorted((encoded(k), encoded(v)) for k, v in query.items()))


def sign(method, host, path, query, payload, region, access_key, secret, now=None):
    """The headers that make it a signed request. path is encoded, query a
    dictionary of plain text."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    digest = hashlib.sha256(payload).hexdigest()
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": stamp}
    names = ";".join(sorted(headers))
    request = "\n".join([method, path, canonical_query(query)]
        + ["%s:%s" % (name, headers[name]) for name in sorted(headers)]
        + ["", names, digest])
    scope = "%s/%s/s3/aws4_request" % (stamp[:8], region)
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope,
        hashlib.sha256(request.encode()).hexdigest()])
    key = b"AWS4" + secret.encode()
    for word in scope.split("/"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    headers["authorization"] = ("AWS4-HMAC-SHA256 Credential=%s/%s,"
        "SignedHeaders=%s,Signature=%s" % (access_key, scope, names,
        hmac.new(key, text.encode(), hashlib.sha256).hexdigest()))
    return headers


class Bucket:
    """A bucket, addressed by path."""

    def __init__(self, url, name, region, access_key, secret):
        self.host = urllib.parse.urlsplit(url).netloc
        self.name = name
        self.region = region
        self.access_key = access_key
        self.secret = secret

    def call(self, method, key="", query=None, payload=b"", more=None):
        """(status, body) of one request; more: headers that are not signed."""
        query = query or {}
        path = "/%s" % self.name
        if key:
            path += "/" + "/".join(encoded(part) for part in key.split("/"))
        headers = sign(method, self.host, path, query, payload, self.region,
            self.access_key, self.secret)
        headers.update(more or {})
        conn = http.client.HTTPConnection(self.host, timeout=30)
        try:
            conn.request(method, path + ("?" + canonical_query(query)
                if query else ""), payload, headers)
            reply = conn.getresponse()
            return reply.status, reply.read()
        finally:
            conn.close()

    def good(self, *args, **more):
        try:
            status, body = self.call(*args, **more)
        except (OSError, http.client.HTTPException) as e:
            raise LabError("S3: %s %s: %s" % (args[0], self.name, e))
        if status not in (200, 204):
            raise LabError("S3: %s %s: %d %s" % (args[0], self.name, status,
                body[:300].decode("utf-8", "replace")))
        return body

    def create(self):
        self.good("PUT")

    def put(self, key, data, when=None):
        """The lab's service can be told when an object was stored."""
        self.good("PUT", key, payload=data,
            more={"x-lab-stored": "%d.00000" % when} if when else None)

    def get(self, key):
        return self.good("GET", key)

    def keys(self, prefix=""):
        """All keys, by pages."""
        found, query = [], {"list-type": "2", "prefix": prefix}
        while True:
            tree = xml.etree.ElementTree.fromstring(self.good("GET", query=query))
            space = tree.tag.partition("}")[0] + "}"
            found += [e.text for e in tree.iterfind(
                "%sContents/%sKey" % (space, space))]
            more = tree.findtext(space + "NextContinuationToken")
            if not more:
                return found
            query["continuation-token"] = more
