using System.Runtime.InteropServices;
using SpectralEarth.Distribution;
using SpectralEarth.Models;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace SpectralEarth.Training.Distributed;

/// <summary>
/// A batch whose parts lie in the ranks of a job. MPI sums what lies in the processor's memory, NCCL what lies on GPUs.
/// One thread at a time may use it.
/// </summary>
public sealed class RankBatch : SharedBatch
{
    /// <summary>Numbers that are handed to MPI at a time: a span holds no more than 2 GiB.</summary>
    private const long MostAtOnce = 1 << 27;

    private readonly IRankGroup ranks;
    private readonly IDeviceRanks? onDevice;
    private readonly DeviceType deviceType;

    /// <param name="ranks">The ranks; stay their owner's.</param>
    /// <param name="onDevice">The same ranks on GPUs; null if they train on processors.</param>
    /// <param name="deviceType">Kind of device on which <paramref name="onDevice"/> works.</param>
    internal RankBatch(IRankGroup ranks, IDeviceRanks? onDevice = null, DeviceType deviceType = DeviceType.CUDA) =>
        (this.ranks, this.onDevice, this.deviceType) = (ranks, onDevice, deviceType);

    /// <inheritdoc/>
    public override int Parts => ranks.Size;

    /// <inheritdoc/>
    public override int Part => ranks.Rank;

    /// <summary>The batch of a job, all ranks of which call this; null for one process, which has it alone.</summary>
    /// <param name="ranks">The ranks; stay their owner's.</param>
    /// <param name="device">Where this rank trains.</param>
    /// <exception cref="DistributionException">Only some ranks have a GPU, or the GPUs cannot be connected.</exception>
    public static RankBatch? Of(IRankGroup ranks, Device device)
    {
        if (ranks.Size == 1)
            return null;
        var onGpu = device.type == DeviceType.CUDA;
        if (ranks.Any(onGpu) && ranks.Any(!onGpu))
            throw new DistributionException($"Rank {ranks.Rank} of {ranks.Size} on {Environment.MachineName} trains on {device}, others {(onGpu ? "have no GPU" : "on GPUs")}: all must do alike. Set device to cuda, and the ranks without a GPU say what they lack, or to cpu.");
        return new RankBatch(ranks, onGpu ? ranks.OnDevice(device.index) : null);
    }

    /// <inheritdoc/>
    public override void Sum(Tensor values)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var flat = values.view(-1);
        if (Device(flat) is { } gpus)
        {
            gpus.Sum(TensorAddress.Of(flat), flat.shape[0], NumberOf(flat));
            return;
        }

        for (var first = 0L; first < flat.shape[0]; first += MostAtOnce)
            SumOnProcessor(flat.narrow(0, first, Math.Min(MostAtOnce, flat.shape[0] - first)));
    }

    /// <summary>Receives what modules tell of their gradients; null if they are summed at the end.</summary>
    internal GradientSum? Gradients { get; set; }

    /// <inheritdoc/>
    public override void Enter(Module block) => Gradients?.Enter(block);

    /// <inheritdoc/>
    public override void Leave(Module block) => Gradients?.Leave(block);

    /// <summary>Begins to sum contiguous float32 values; their memory must stay and be left alone until the end.</summary>
    internal IPendingSum BeginSum(Tensor values) => Device(values) is { } gpus
        ? gpus.BeginSum(TensorAddress.Of(values), values.NumberOfElements, NumberOf(values))
        : ranks.BeginSum(MemoryMarshal.Cast<byte, float>(values.bytes));

    /// <summary>Copies the contiguous values that one part has to all parts.</summary>
    internal void Broadcast(Tensor values, int part)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        if (Device(values) is { } gpus)
        {
            gpus.Broadcast(TensorAddress.Of(values), values.NumberOfElements * values.ElementSize, part);
            return;
        }

        for (var first = 0L; first < values.shape[0]; first += MostAtOnce)
            ranks.Broadcast(values.narrow(0, first, Math.Min(MostAtOnce, values.shape[0] - first)).bytes, part);
    }

    /// <summary>The ranks that reach the memory of a tensor; null if it lies on the processor and MPI does.</summary>
    private IDeviceRanks? Device(Tensor values)
    {
        if (onDevice is not null && values.device_type == deviceType)
            return onDevice;
        return values.device_type == DeviceType.CPU ? null : throw new ArgumentException($"The ranks were not connected for tensors on {values.device}.", nameof(values));
    }

    private void SumOnProcessor(Tensor values)
    {
        if (NumberOf(values) == DeviceNumber.EightBytes)
            ranks.Sum(MemoryMarshal.Cast<byte, double>(values.bytes));
        else
            ranks.Sum(MemoryMarshal.Cast<byte, float>(values.bytes));
    }

    private static DeviceNumber NumberOf(Tensor values) => values.dtype switch
    {
        ScalarType.Float32 => DeviceNumber.FourBytes,
        ScalarType.Float64 => DeviceNumber.EightBytes,
        _ => throw new ArgumentException($"Ranks sum Float32 and Float64, not {values.dtype}.", nameof(values)),
    };
}
