package screen

import (
	"maps"
	"slices"
	"testing"
	"unsafe"
)

// TestLayoutsAreThoseOfWindows holds sizes and places against what a C
// compiler says about the headers of the Windows SDK, for 64 bits.
func TestLayoutsAreThoseOfWindows(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("the figures are those of 64 bits")
	}
	var (
		output  dxgiOutputDesc
		dup     dxgiDuplicationDesc
		info    dxgiFrameInfo
		shape   dxgiShapeInfo
		texture textureDesc
		box     textureBox
		mapped  mappedTexture
	)
	got := map[string]uintptr{
		"DXGI_OUTPUT_DESC": unsafe.Sizeof(output), "DXGI_OUTPUT_DESC.DesktopCoordinates": unsafe.Offsetof(output.bounds),
		"DXGI_OUTPUT_DESC.AttachedToDesktop": unsafe.Offsetof(output.attached), "DXGI_OUTPUT_DESC.Rotation": unsafe.Offsetof(output.rotation),
		"DXGI_OUTPUT_DESC.Monitor": unsafe.Offsetof(output.monitor),
		"DXGI_OUTDUPL_DESC":        unsafe.Sizeof(dup), "DXGI_OUTDUPL_DESC.ModeDesc.Format": unsafe.Offsetof(dup.format),
		"DXGI_OUTDUPL_DESC.Rotation": unsafe.Offsetof(dup.rotation), "DXGI_OUTDUPL_DESC.DesktopImageInSystemMemory": unsafe.Offsetof(dup.inMemory),
		"DXGI_OUTDUPL_FRAME_INFO": unsafe.Sizeof(info), "DXGI_OUTDUPL_FRAME_INFO.LastMouseUpdateTime": unsafe.Offsetof(info.pointerMoved),
		"DXGI_OUTDUPL_FRAME_INFO.AccumulatedFrames": unsafe.Offsetof(info.frames), "DXGI_OUTDUPL_FRAME_INFO.RectsCoalesced": unsafe.Offsetof(info.coalesced),
		"DXGI_OUTDUPL_FRAME_INFO.ProtectedContentMaskedOut": unsafe.Offsetof(info.masked), "DXGI_OUTDUPL_FRAME_INFO.PointerPosition": unsafe.Offsetof(info.pointerX),
		"DXGI_OUTDUPL_FRAME_INFO.PointerPosition.Visible": unsafe.Offsetof(info.pointerVisible),
		"DXGI_OUTDUPL_FRAME_INFO.TotalMetadataBufferSize": unsafe.Offsetof(info.metadataBytes), "DXGI_OUTDUPL_FRAME_INFO.PointerShapeBufferSize": unsafe.Offsetof(info.shapeBytes),
		"DXGI_OUTDUPL_POINTER_SHAPE_INFO": unsafe.Sizeof(shape), "DXGI_OUTDUPL_POINTER_SHAPE_INFO.Pitch": unsafe.Offsetof(shape.pitch),
		"DXGI_OUTDUPL_POINTER_SHAPE_INFO.HotSpot": unsafe.Offsetof(shape.hotX),
		"D3D11_TEXTURE2D_DESC":                    unsafe.Sizeof(texture), "D3D11_TEXTURE2D_DESC.Format": unsafe.Offsetof(texture.format),
		"D3D11_TEXTURE2D_DESC.SampleDesc": unsafe.Offsetof(texture.samples), "D3D11_TEXTURE2D_DESC.Usage": unsafe.Offsetof(texture.usage),
		"D3D11_TEXTURE2D_DESC.CPUAccessFlags": unsafe.Offsetof(texture.access),
		"D3D11_BOX":                           unsafe.Sizeof(box), "D3D11_MAPPED_SUBRESOURCE": unsafe.Sizeof(mapped),
		"D3D11_MAPPED_SUBRESOURCE.RowPitch": unsafe.Offsetof(mapped.rowPitch),
		"RECT":                              unsafe.Sizeof(dxgiRect{}),
	}
	want := map[string]uintptr{
		"DXGI_OUTPUT_DESC": 96, "DXGI_OUTPUT_DESC.DesktopCoordinates": 64, "DXGI_OUTPUT_DESC.AttachedToDesktop": 80,
		"DXGI_OUTPUT_DESC.Rotation": 84, "DXGI_OUTPUT_DESC.Monitor": 88,
		"DXGI_OUTDUPL_DESC": 36, "DXGI_OUTDUPL_DESC.ModeDesc.Format": 16, "DXGI_OUTDUPL_DESC.Rotation": 28,
		"DXGI_OUTDUPL_DESC.DesktopImageInSystemMemory": 32,
		"DXGI_OUTDUPL_FRAME_INFO":                      48, "DXGI_OUTDUPL_FRAME_INFO.LastMouseUpdateTime": 8,
		"DXGI_OUTDUPL_FRAME_INFO.AccumulatedFrames": 16, "DXGI_OUTDUPL_FRAME_INFO.RectsCoalesced": 20,
		"DXGI_OUTDUPL_FRAME_INFO.ProtectedContentMaskedOut": 24, "DXGI_OUTDUPL_FRAME_INFO.PointerPosition": 28,
		"DXGI_OUTDUPL_FRAME_INFO.PointerPosition.Visible": 36, "DXGI_OUTDUPL_FRAME_INFO.TotalMetadataBufferSize": 40,
		"DXGI_OUTDUPL_FRAME_INFO.PointerShapeBufferSize": 44,
		"DXGI_OUTDUPL_POINTER_SHAPE_INFO":                24, "DXGI_OUTDUPL_POINTER_SHAPE_INFO.Pitch": 12, "DXGI_OUTDUPL_POINTER_SHAPE_INFO.HotSpot": 16,
		"D3D11_TEXTURE2D_DESC": 44, "D3D11_TEXTURE2D_DESC.Format": 16, "D3D11_TEXTURE2D_DESC.SampleDesc": 20,
		"D3D11_TEXTURE2D_DESC.Usage": 28, "D3D11_TEXTURE2D_DESC.CPUAccessFlags": 36,
		"D3D11_BOX": 24, "D3D11_MAPPED_SUBRESOURCE": 16, "D3D11_MAPPED_SUBRESOURCE.RowPitch": 8,
		"RECT": 16,
	}
	if !maps.Equal(got, want) {
		for name, n := range want {
			if got[name] != n {
				t.Errorf("%s: got %d, want %d", name, got[name], n)
			}
		}
		t.Errorf("got %d figures, want %d", len(got), len(want))
	}
}

// TestMethodNumbersFollowTheirInterfaces counts in the order in which the
// interfaces are documented, each after the one it extends.
func TestMethodNumbersFollowTheirInterfaces(t *testing.T) {
	unknown := []string{"QueryInterface", "AddRef", "Release"}
	object := append(slices.Clip(unknown), "SetPrivateData", "SetPrivateDataInterface", "GetPrivateData", "GetParent")
	child := append(slices.Clip(unknown), "GetDevice", "GetPrivateData", "SetPrivateData", "SetPrivateDataInterface")
	tables := map[string][]string{
		"factory": append(slices.Clip(object), "EnumAdapters", "MakeWindowAssociation", "GetWindowAssociation", "CreateSwapChain",
			"CreateSoftwareAdapter", "EnumAdapters1", "IsCurrent"),
		"adapter": append(slices.Clip(object), "EnumOutputs", "GetDesc", "CheckInterfaceSupport", "GetDesc1"),
		"output": append(slices.Clip(object), "GetDesc", "GetDisplayModeList", "FindClosestMatchingMode", "WaitForVBlank", "TakeOwnership",
			"ReleaseOwnership", "GetGammaControlCapabilities", "SetGammaControl", "GetGammaControl", "SetDisplaySurface",
			"GetDisplaySurfaceData", "GetFrameStatistics", "GetDisplayModeList1", "FindClosestMatchingMode1",
			"GetDisplaySurfaceData1", "DuplicateOutput"),
		"duplication": append(slices.Clip(object), "GetDesc", "AcquireNextFrame", "GetFrameDirtyRects", "GetFrameMoveRects",
			"GetFramePointerShape", "MapDesktopSurface", "UnMapDesktopSurface", "ReleaseFrame"),
		"device": append(slices.Clip(unknown), "CreateBuffer", "CreateTexture1D", "CreateTexture2D"),
		"context": append(slices.Clip(child), "VSSetConstantBuffers", "PSSetShaderResources", "PSSetShader", "PSSetSamplers", "VSSetShader",
			"DrawIndexed", "Draw", "Map", "Unmap", "PSSetConstantBuffers", "IASetInputLayout", "IASetVertexBuffers",
			"IASetIndexBuffer", "DrawIndexedInstanced", "DrawInstanced", "GSSetConstantBuffers", "GSSetShader",
			"IASetPrimitiveTopology", "VSSetShaderResources", "VSSetSamplers", "Begin", "End", "GetData", "SetPredication",
			"GSSetShaderResources", "GSSetSamplers", "OMSetRenderTargets", "OMSetRenderTargetsAndUnorderedAccessViews",
			"OMSetBlendState", "OMSetDepthStencilState", "SOSetTargets", "DrawAuto", "DrawIndexedInstancedIndirect",
			"DrawInstancedIndirect", "Dispatch", "DispatchIndirect", "RSSetState", "RSSetViewports", "RSSetScissorRects",
			"CopySubresourceRegion", "CopyResource", "UpdateSubresource"),
		"texture": append(slices.Clip(child), "GetType", "SetEvictionPriority", "GetEvictionPriority", "GetDesc"),
	}
	for _, c := range []struct {
		of, method string
		got        int
	}{
		{"factory", "EnumAdapters1", factoryEnumAdapters},
		{"adapter", "EnumOutputs", adapterEnumOutputs},
		{"output", "GetDesc", outputGetDesc},
		{"output", "DuplicateOutput", outputDuplicate},
		{"duplication", "GetDesc", duplicationGetDesc},
		{"duplication", "AcquireNextFrame", duplicationAcquire},
		{"duplication", "GetFrameDirtyRects", duplicationDirtyRects},
		{"duplication", "GetFrameMoveRects", duplicationMoveRects},
		{"duplication", "GetFramePointerShape", duplicationPointerShape},
		{"duplication", "ReleaseFrame", duplicationReleaseFrame},
		{"device", "CreateTexture2D", deviceCreateTexture},
		{"context", "Map", contextMap},
		{"context", "Unmap", contextUnmap},
		{"context", "CopySubresourceRegion", contextCopySubresource},
		{"context", "UpdateSubresource", contextUpdateSubresource},
		{"texture", "GetDesc", textureGetDesc},
	} {
		if c.got >= len(tables[c.of]) || tables[c.of][c.got] != c.method {
			t.Errorf("%s: method %d is not %s of %v", c.of, c.got, c.method, tables[c.of])
		}
	}
}

// TestLayoutsAreReadFieldByField looks at bytes as Windows writes them.
func TestLayoutsAreReadFieldByField(t *testing.T) {
	var info dxgiFrameInfo
	fill(unsafe.Slice((*byte)(unsafe.Pointer(&info)), unsafe.Sizeof(info)))
	wantInfo := dxgiFrameInfo{
		presented: 0x0807060504030201, pointerMoved: 0x100f0e0d0c0b0a09, frames: 0x14131211, coalesced: 0x18171615, masked: 0x1c1b1a19,
		pointerX: 0x201f1e1d, pointerY: 0x24232221, pointerVisible: 0x28272625, metadataBytes: 0x2c2b2a29, shapeBytes: 0x302f2e2d,
	}
	if info != wantInfo {
		t.Errorf("got %+v, want %+v", info, wantInfo)
	}
	var shape dxgiShapeInfo
	fill(unsafe.Slice((*byte)(unsafe.Pointer(&shape)), unsafe.Sizeof(shape)))
	wantShape := dxgiShapeInfo{kind: 0x04030201, width: 0x08070605, height: 0x0c0b0a09, pitch: 0x100f0e0d, hotX: 0x14131211, hotY: 0x18171615}
	if shape != wantShape {
		t.Errorf("got %+v, want %+v", shape, wantShape)
	}
	var dup dxgiDuplicationDesc
	fill(unsafe.Slice((*byte)(unsafe.Pointer(&dup)), unsafe.Sizeof(dup)))
	wantDup := dxgiDuplicationDesc{
		width: 0x04030201, height: 0x08070605, refresh: [2]uint32{0x0c0b0a09, 0x100f0e0d}, format: 0x14131211, lines: 0x18171615,
		scaling: 0x1c1b1a19, rotation: 0x201f1e1d, inMemory: 0x24232221,
	}
	if dup != wantDup {
		t.Errorf("got %+v, want %+v", dup, wantDup)
	}
	var texture textureDesc
	fill(unsafe.Slice((*byte)(unsafe.Pointer(&texture)), unsafe.Sizeof(texture)))
	wantTexture := textureDesc{
		width: 0x04030201, height: 0x08070605, mips: 0x0c0b0a09, layers: 0x100f0e0d, format: 0x14131211, samples: 0x18171615,
		quality: 0x1c1b1a19, usage: 0x201f1e1d, bind: 0x24232221, access: 0x28272625, misc: 0x2c2b2a29,
	}
	if texture != wantTexture {
		t.Errorf("got %+v, want %+v", texture, wantTexture)
	}
	var box textureBox
	fill(unsafe.Slice((*byte)(unsafe.Pointer(&box)), unsafe.Sizeof(box)))
	if want := (textureBox{left: 0x04030201, top: 0x08070605, front: 0x0c0b0a09, right: 0x100f0e0d, bottom: 0x14131211, back: 0x18171615}); box != want {
		t.Errorf("got %+v, want %+v", box, want)
	}
	var output dxgiOutputDesc
	fill(unsafe.Slice((*byte)(unsafe.Pointer(&output)), unsafe.Offsetof(output.monitor)))
	if got, want := output.name[31], uint16(0x403f); got != want {
		t.Errorf("name: got %x, want %x", got, want)
	}
	if want := (dxgiRect{left: 0x44434241, top: 0x48474645, right: 0x4c4b4a49, bottom: 0x504f4e4d}); output.bounds != want {
		t.Errorf("got %+v, want %+v", output.bounds, want)
	}
	var mapped mappedTexture
	fill(unsafe.Slice((*byte)(unsafe.Pointer(&mapped.rowPitch)), unsafe.Sizeof(mapped)-unsafe.Offsetof(mapped.rowPitch)))
	if want := (mappedTexture{data: nil, rowPitch: 0x04030201, allPitch: 0x08070605}); mapped != want {
		t.Errorf("got %+v, want %+v", mapped, want)
	}
}

// TestNumbersAreThoseOfWindows holds the values of enumerations against their
// headers: dxgitype.h, dxgiformat.h, d3d11.h and dxgi1_2.h.
func TestNumbersAreThoseOfWindows(t *testing.T) {
	got := []int{rotationIdentity, formatBGRA, usageStaging, accessRead, mapRead, sdkVersion, shapeMonochrome, shapeColour, shapeMasked}
	if want := []int{1, 87, 3, 0x20000, 1, 7, 1, 2, 4}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// fill writes 1, 2, 3 and so on.
func fill(b []byte) {
	for i := range b {
		b[i] = byte(i + 1)
	}
}
