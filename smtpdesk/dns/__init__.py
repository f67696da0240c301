"""What the domain name system says about a sending domain: SPF, DKIM, DMARC, MX, reverse names, blocklists."""

from smtpdesk.dns.answers import Answer, Kind, Known, Lookup, Trouble
from smtpdesk.dns.blocklists import LISTS, Blocklist, Listed, Listing, ask_list
from smtpdesk.dns.dkim import KeyState, PublishedKey, published_key, read_key
from smtpdesk.dns.dmarc import Dmarc, DmarcState, aligned, find_dmarc, read_dmarc
from smtpdesk.dns.headers import Headers, Signature, read_headers
from smtpdesk.dns.mx import MailHosts, MxState, mail_hosts
from smtpdesk.dns.names import Address, as_address, as_domain, organisation, readable
from smtpdesk.dns.receiving import Extra, ExtraState, bimi, mta_sts, tls_reports
from smtpdesk.dns.resolver import Resolver, name_server
from smtpdesk.dns.reverse import Reverse, ReverseState, points_to, reverse_of
from smtpdesk.dns.spf import LOOKUPS, VOIDS, Problem, Result, Verdict, check_host, published
from smtpdesk.dns.spf_mend import merged, unreadable
from smtpdesk.dns.spf_record import SpfRecord, SpfSyntaxError, is_spf, read_spf
from smtpdesk.dns.spf_tree import SpfNode, SpfTerm, survey
from smtpdesk.dns.submission import SUBMISSION, SUBMISSIONS, Service, Services, submission_servers

__all__ = [
    "LISTS", "LOOKUPS", "SUBMISSION", "SUBMISSIONS", "VOIDS", "Address", "Answer", "Blocklist", "Dmarc", "DmarcState",
    "Extra", "ExtraState", "Headers", "KeyState", "Kind", "Known", "Listed", "Listing", "Lookup", "MailHosts",
    "MxState", "Problem", "PublishedKey", "Resolver", "Result", "Reverse", "ReverseState", "Service", "Services",
    "Signature", "SpfNode", "SpfRecord", "SpfSyntaxError", "SpfTerm", "Trouble", "Verdict", "aligned", "as_address",
    "as_domain", "ask_list", "bimi", "check_host", "find_dmarc", "is_spf", "mail_hosts", "merged", "mta_sts",
    "name_server", "organisation", "points_to", "published", "published_key", "read_dmarc", "read_headers", "read_key",
    "read_spf", "readable", "reverse_of", "submission_servers", "survey", "tls_reports", "unreadable",
]  # fmt: skip
