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
		nats.UserInfo("subscriber", os.Getenv("NATS_PASSWORD")),
		nats.CustomInboxPrefix("_INBOX.subscriber"), nats.MaxReconnects(-1))
	check(err)
	stream, err := jetstream.New(connection)
	check(err)
	consumer, err := stream.CreateOrUpdateConsumer(context.Background(), "CONFERENCE", jetstream.ConsumerConfig{
		Durable: "register-go", FilterSubject: "conference.v1.*.*.*.participant.>"})
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
