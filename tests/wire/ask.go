// Go's client with its defaults.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
)

func main() {
	for number := 1; number <= 3; number++ {
		text := strings.TrimSpace(strings.Repeat("word ", number))
		body := strings.NewReader(`{"model":"words","input":"` + text + `"}`)
		answer, err := http.Post(os.Args[1]+"/v1/embeddings", "application/json", body)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		said, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != 200 ||
			!strings.Contains(string(said), fmt.Sprintf(`"prompt_tokens":%d,`, number)) {
			fmt.Fprintln(os.Stderr, answer.StatusCode, string(said))
			os.Exit(1)
		}
	}
}
