#ifndef VECHE_RTC_ICE_NOMINATION_HPP
#define VECHE_RTC_ICE_NOMINATION_HPP

#include "handles/TimerHandleInterface.hpp"
#include "RTC/ICE/StunPacket.hpp"
#include "RTC/TransportTuple.hpp"
#include "SharedInterface.hpp"
#include <string>

namespace RTC
{
	namespace ICE
	{
		class IceServer;

		/**
		 * What mediasoup's side of ICE lacks for a client that was not told of ice-lite and stays controlled, as Firefox
		 * does: such a client waits for us to check and to nominate (RFC 8445 7.2, 8.1.1).
		 *
		 * A client's own nominations go past this: it says ICE-CONTROLLING.
		 */
		class Nomination : public TimerHandleInterface::Listener
		{
		public:
			Nomination(IceServer* ice, SharedInterface* shared);
			~Nomination() override;

			Nomination(const Nomination&)            = delete;
			Nomination& operator=(const Nomination&) = delete;

			/** Whether a client that says it is controlled is to stay so; others get the 487 on which they change. */
			static bool IsFor(const StunPacket* request);
			/** `ice:<ufrag>:<pwd>` of the client; any other text is none of ours. */
			void SetPeer(const std::string& text);
			/** A good check, answered, whose tuple has been stored. */
			void ProcessRequest(const StunPacket* request, const RTC::TransportTuple* tuple);
			void ProcessResponse(const StunPacket* response, RTC::TransportTuple* tuple);

			void OnTimer(TimerHandleInterface* timer) override;

		private:
			bool IsWorthNominating(const RTC::TransportTuple* tuple) const;
			bool IsChecking() const;
			bool HasNominee() const;
			void Begin();
			void End();
			void SendCheck();

		private:
			IceServer* ice;
			SharedInterface* shared;
			TimerHandleInterface* timer{ nullptr };
			std::string peerUsernameFragment;
			std::string peerPassword;
			/** Of the client's last check: an ICE restart gives it others than the ones we know. */
			std::string checkedUsernameFragment;
			/** One of the tuples of `ice`, as long as it is in its list. */
			RTC::TransportTuple* nominee{ nullptr };
			uint8_t transactionId[StunPacket::TransactionIdLength]{};
			size_t sentChecks{ 0 };
		};
	} // namespace ICE
} // namespace RTC

#endif
