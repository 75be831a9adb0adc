#define MS_CLASS "RTC::ICE::Nomination"

#include "RTC/ICE/Nomination.hpp"
#include "Logger.hpp"
#include "RTC/ICE/IceServer.hpp"
#include "Utils.hpp"
#include <cstring>
#include <string_view>

namespace RTC
{
	namespace ICE
	{
		static constexpr std::string_view PeerPrefix{ "ice:" };
		/** RFC 8839 5.4. */
		static constexpr size_t CredentialMaxLength{ 256 };
		/** libwebrtc says in each check over which kind of network it goes. */
		static constexpr uint16_t GoogNetworkInfo{ 0xC057 };
		/** Of a peer-reflexive candidate, as a check says it (RFC 8445 5.1.2.1). */
		static constexpr uint32_t CheckPriority{ (110u << 24) + (65535u << 8) + 255u };
		/** The least there is: a client that became controlling meanwhile wins the conflict (RFC 8445 7.3.1.1). */
		static constexpr uint64_t TieBreaker{ 1 };
		static constexpr int64_t CheckIntervalMs{ 200 };
		/** Ten seconds' worth: no client waits longer. */
		static constexpr size_t MaxChecks{ 50 };
		static constexpr size_t CheckBufferLength{ 1024 };
		static thread_local uint8_t CheckBuffer[CheckBufferLength];

		static bool HasRawAttribute(const StunPacket* packet, uint16_t wanted)
		{
			const uint8_t* buffer = packet->GetBuffer();
			const size_t length   = packet->GetLength();
			size_t offset{ StunPacket::FixedHeaderLength };

			while (offset + 4 <= length)
			{
				if (Utils::Byte::Get2Bytes(buffer, offset) == wanted)
				{
					return true;
				}

				const auto valueLength = static_cast<size_t>(Utils::Byte::Get2Bytes(buffer, offset + 2));

				offset += 4 + ((valueLength + 3) & ~size_t{ 3 });
			}

			return false;
		}

		Nomination::Nomination(IceServer* ice, SharedInterface* shared) : ice(ice), shared(shared)
		{
		}

		Nomination::~Nomination()
		{
			delete this->timer;
		}

		bool Nomination::IsFor(const StunPacket* request)
		{
			// libwebrtc does change its role, and as the controlling side follows its user from network to network.
			return !HasRawAttribute(request, GoogNetworkInfo);
		}

		void Nomination::SetPeer(const std::string& text)
		{
			if (text.compare(0, PeerPrefix.length(), PeerPrefix) != 0)
			{
				return;
			}

			const auto colon            = text.find(':', PeerPrefix.length());
			const auto usernameFragment = text.substr(PeerPrefix.length(), colon - PeerPrefix.length());
			const auto password         = colon == std::string::npos ? "" : text.substr(colon + 1);

			if (password.empty() || usernameFragment.length() > CredentialMaxLength || password.length() > CredentialMaxLength)
			{
				MS_WARN_TAG(ice, "ignoring ICE credentials that are none");

				return;
			}

			this->peerUsernameFragment = usernameFragment;
			this->peerPassword         = password;

			// The client's checks may have come first.
			Begin();
		}

		void Nomination::ProcessRequest(const StunPacket* request, const RTC::TransportTuple* tuple)
		{
			if (!request->HasAttribute(StunPacket::AttributeType::ICE_CONTROLLED))
			{
				this->nominee = nullptr;
				End();

				return;
			}

			const auto username         = request->GetUsername();
			const auto usernameFragment = username.substr(username.find(':') + 1);
			const auto isRestarted      = usernameFragment != this->checkedUsernameFragment;

			this->checkedUsernameFragment = usernameFragment;

			if (isRestarted || IsWorthNominating(tuple))
			{
				this->nominee = this->ice->HasTuple(tuple);
				Begin();
			}
		}

		void Nomination::ProcessResponse(const StunPacket* response, RTC::TransportTuple* tuple)
		{
			if (!IsChecking() || !HasNominee() || !this->nominee->Compare(tuple))
			{
				return;
			}

			if (
			  response->GetClass() != StunPacket::Class::SUCCESS_RESPONSE ||
			  std::memcmp(response->GetTransactionId(), this->transactionId, sizeof(this->transactionId)) != 0 ||
			  response->CheckAuthentication(this->peerPassword) != StunPacket::AuthenticationResult::OK)
			{
				return;
			}

			End();
			this->ice->HandleTuple(tuple, /*hasUseCandidate*/ true, /*hasNomination*/ false, /*nomination*/ 0u);
		}

		void Nomination::OnTimer(TimerHandleInterface* /*timer*/)
		{
			if (!HasNominee() || this->sentChecks >= MaxChecks)
			{
				End();

				return;
			}

			SendCheck();
		}

		/**
		 * UDP takes over from TCP. Once all is settled a client checks its own pair only, so one that comes from elsewhere
		 * has moved.
		 */
		bool Nomination::IsWorthNominating(const RTC::TransportTuple* tuple) const
		{
			if (!HasNominee())
			{
				return true;
			}

			const auto isUdp     = tuple->GetProtocol() == RTC::TransportTuple::Protocol::UDP;
			const auto wasUdp    = this->nominee->GetProtocol() == RTC::TransportTuple::Protocol::UDP;
			const auto isSettled = this->ice->GetState() == IceServer::IceState::COMPLETED;

			if (isUdp != wasUdp)
			{
				return isUdp;
			}

			return this->nominee->Compare(tuple) ? !isSettled && !IsChecking() : isSettled;
		}

		bool Nomination::IsChecking() const
		{
			return this->timer && this->timer->IsActive();
		}

		bool Nomination::HasNominee() const
		{
			for (const auto& tuple : this->ice->tuples)
			{
				if (std::addressof(tuple) == this->nominee)
				{
					return true;
				}
			}

			return false;
		}

		void Nomination::Begin()
		{
			if (
			  this->peerPassword.empty() || this->checkedUsernameFragment != this->peerUsernameFragment || !HasNominee())
			{
				return;
			}

			Utils::Crypto::WriteRandomBytes(this->transactionId, sizeof(this->transactionId));
			this->sentChecks = 0;

			if (!this->timer)
			{
				this->timer = this->shared->CreateTimer(this, "ice-nomination");
			}

			this->timer->Start(CheckIntervalMs, CheckIntervalMs);
			SendCheck();
		}

		void Nomination::End()
		{
			if (this->timer)
			{
				this->timer->Stop();
			}
		}

		void Nomination::SendCheck()
		{
			auto* check = StunPacket::Factory(
			  CheckBuffer,
			  sizeof(CheckBuffer),
			  StunPacket::Class::REQUEST,
			  StunPacket::Method::BINDING,
			  this->transactionId);

			check->AddUsername(this->peerUsernameFragment + ":" + this->ice->GetUsernameFragment());
			check->AddPriority(CheckPriority);
			check->AddIceControlling(TieBreaker);
			check->AddUseCandidate();
			check->Protect(this->peerPassword);

			this->sentChecks++;
			this->ice->listener->OnIceServerSendStunPacket(this->ice, check, this->nominee);

			delete check;
		}
	} // namespace ICE
} // namespace RTC
