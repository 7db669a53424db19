using SpectralEarth.Models;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training.Objectives;

/// <summary>An encoder under the key that checkpoints have it under, whatever it is part of. Never disposed: the network that it is part of disposes it.</summary>
internal sealed class KeptEncoder : Module
{
    private readonly Encoder encoder;

    public KeptEncoder(Encoder encoder)
        : base(nameof(KeptEncoder))
    {
        this.encoder = encoder;
        RegisterComponents();
    }

    /// <summary>The encoder.</summary>
    public Encoder Encoder => encoder;
}
