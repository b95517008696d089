#!/usr/bin/env perl
# One request a line from standard input, one answer a line to standard output. Only `accepts` is about the vendor.
use strict; use warnings;
use Digest::SHA qw(hmac_sha256_base64);
use JSON::PP;
use MIME::Base64 qw(decode_base64);

# Standard Webhooks: HMAC-SHA256 over id, time and body, Base64, several signatures with a blank between.
sub accepts {
    my ($headers, $body, $secret, $now) = @_;
    my ($id, $time, $listed) = map { $headers->{"webhook-$_"} // '' } qw(id timestamp signature);
    return 0 unless length $id && $time =~ /^[0-9]{1,15}$/a && abs($now - $time) <= 300;
    my $digest = hmac_sha256_base64("$id.$time.$body", decode_base64($secret =~ s/^whsec_//r));
    my $right = 'v1,' . $digest . '=' x (-length($digest) % 4);
    my $found = 0;
    $found |= $_ eq $right for split / /, $listed;  # Perl has no comparison in constant time: a service needs one
    return $found;
}

$| = 1;
while (my $line = <STDIN>) {
    my $asked = decode_json($line);
    my %headers = map { lc $_->[0] => $_->[1] } @{ $asked->{headers} };
    utf8::downgrade($_, 1) for values %headers;
    my $accepted = accepts(\%headers, decode_base64($asked->{body_base64}), $asked->{secret}, $asked->{now});
    print encode_json({ id => $asked->{id}, accepted => $accepted ? JSON::PP::true : JSON::PP::false }), "\n";
}
