using System.Runtime.InteropServices;
using SpectralEarth.Distribution;
using SpectralEarth.Models;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training.Distributed;

/// <summary>A batch whose parts lie in the ranks of a job. One thread at a time may use it.</summary>
/// <param name="ranks">The ranks; stay their owner's.</param>
public sealed class RankBatch(IRankGroup ranks) : SharedBatch
{
    /// <summary>Numbers that are handed to MPI at a time: a span holds no more than 2 GiB.</summary>
    private const long MostAtOnce = 1 << 28;

    /// <inheritdoc/>
    public override int Parts => ranks.Size;

    /// <inheritdoc/>
    public override int Part => ranks.Rank;

    /// <summary>The batch of a job; null for one process, which has it alone.</summary>
    public static RankBatch? Of(IRankGroup ranks) => ranks.Size > 1 ? new RankBatch(ranks) : null;

    /// <inheritdoc/>
    public override void Sum(Tensor values)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var flat = values.view(-1);
        for (var first = 0L; first < flat.shape[0]; first += MostAtOnce)
            SumOnProcessor(flat.narrow(0, first, Math.Min(MostAtOnce, flat.shape[0] - first)));
    }

    /// <summary>Receives what modules tell of their gradients; null if they are summed at the end.</summary>
    internal GradientSum? Gradients { get; set; }

    /// <inheritdoc/>
    public override void Enter(Module block) => Gradients?.Enter(block);

    /// <inheritdoc/>
    public override void Leave(Module block) => Gradients?.Leave(block);

    /// <summary>Begins to sum float32 values on the processor; they must stay and be left alone until the end.</summary>
    internal IPendingSum BeginSum(Tensor values) => ranks.BeginSum(MemoryMarshal.Cast<byte, float>(values.bytes));

    /// <summary>Copies the values that one part has to all parts.</summary>
    internal void Broadcast(Tensor values, int part)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        for (var first = 0L; first < values.shape[0]; first += MostAtOnce)
        {
            var some = values.narrow(0, first, Math.Min(MostAtOnce, values.shape[0] - first));
            var host = some.cpu();
            ranks.Broadcast(host.bytes, part);
            if (some.device_type != TorchSharp.DeviceType.CPU)
                some.copy_(host);
        }
    }

    private void SumOnProcessor(Tensor values)
    {
        if (values.device_type != TorchSharp.DeviceType.CPU)
        {
            var host = values.cpu();
            SumOnProcessor(host);
            values.copy_(host);
            return;
        }

        if (values.dtype == ScalarType.Float64)
            ranks.Sum(MemoryMarshal.Cast<byte, double>(values.bytes));
        else if (values.dtype == ScalarType.Float32)
            ranks.Sum(MemoryMarshal.Cast<byte, float>(values.bytes));
        else
            throw new ArgumentException($"Ranks sum Float32 and Float64, not {values.dtype}.", nameof(values));
    }
}
