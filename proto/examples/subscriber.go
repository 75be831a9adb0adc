package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

type fact struct {
	Session     string
	Seq         string
	Participant struct{ Person string }
}

func main() {
	connection, err := nats.Connect(cmp.Or(os.Getenv("NATS_URL"), "nats://127.0.0.1:4222"),
		nats.UserCredentials(cmp.Or(os.Getenv("NATS_CREDS_FILE"), "register.creds")), nats.MaxReconnects(-1),
		func(o *nats.Options) error {
			if ca := os.Getenv("NATS_CA_FILE"); ca != "" {
				return nats.RootCAs(ca)(o)
			}
			return nil
		})
	check(err)
	stream, err := jetstream.NewWithDomain(connection, "veche")
	check(err)
	consumer, err := stream.Consumer(context.Background(), "CONFERENCE", "register")
	check(err)
	_, err = consumer.Consume(func(message jetstream.Msg) {
		var f fact
		check(json.Unmarshal(message.Data(), &f))
		fmt.Println(strings.Split(message.Subject(), ".")[5:], f.Session, f.Seq, f.Participant.Person)
		check(message.Ack())
	})
	check(err)
	select {}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
