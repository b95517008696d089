// One request a line from standard input, one answer a line to standard output. Only `accepts` is about the vendor.
import java.io.*; import java.nio.charset.StandardCharsets; import java.security.MessageDigest; import java.util.*;
import java.util.regex.*; import javax.crypto.Mac; import javax.crypto.spec.SecretKeySpec;

public class Verify {
    /** GitHub: HMAC-SHA256 over the body, in hex digits behind "sha256=". */
    static boolean accepts(Map<String, String> headers, byte[] body, String secret) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
        String right = "sha256=" + HexFormat.of().formatHex(mac.doFinal(body));
        String given = headers.getOrDefault("x-hub-signature-256", "");
        return MessageDigest.isEqual(right.getBytes(), given.getBytes(StandardCharsets.ISO_8859_1));
    }

    public static void main(String[] arguments) throws Exception {
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line; (line = in.readLine()) != null; ) { // Java has no JSON of its own: a library reads it better
            Map<String, String> headers = new HashMap<>();
            Matcher pair = Pattern.compile("\\[\"([\\w-]+)\", \"([^\"]*)\"\\]").matcher(line);
            while (pair.find()) headers.put(pair.group(1).toLowerCase(Locale.ROOT), pair.group(2));
            boolean accepted = accepts(headers, Base64.getDecoder().decode(member(line, "body_base64")), member(line, "secret"));
            System.out.println("{\"id\": \"" + member(line, "id") + "\", \"accepted\": " + accepted + "}");
        }
    }

    static String member(String line, String name) {
        Matcher found = Pattern.compile("\"" + name + "\": \"([^\"]*)\"").matcher(line);
        return found.find() ? found.group(1) : "";
    }
}
