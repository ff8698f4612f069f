import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** The JDK's client with its defaults, which ask for HTTP/2 by Upgrade. */
class Ask {
    public static void main(String[] given) throws Exception {
        var client = HttpClient.newHttpClient();
        for (int number = 1; number <= 3; number++) {
            var text = "word ".repeat(number).strip();
            var request = HttpRequest.newBuilder(URI.create(given[0] + "/v1/embeddings"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(
                    "{\"model\":\"words\",\"input\":\"" + text + "\"}"))
                .build();
            var answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200
                || !answer.body().contains("\"prompt_tokens\":" + number + ",")) {
                System.err.println(answer.statusCode() + " " + answer.body());
                System.exit(1);
            }
        }
    }
}
